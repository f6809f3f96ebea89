/** Absolute URLs, `scheme://[user information@]host[:port]…`, as strictly as Envoy's Url::initialize takes them. */
import { parseIp } from './ip-bits.ts'

export interface AbsoluteUrl {
  readonly hostAndPort: string
  /** '' where there is none, or an empty one. */
  readonly userInformation: string
  readonly fragment: string
}

export interface UrlAuthority {
  readonly hostAndPort: string
  readonly userInformation: string | undefined
  readonly hasPort: boolean
}

const SCHEME = /^[a-zA-Z][a-zA-Z0-9+.-]*:\/\//
const AUTHORITY =
  /^(?:(?<user>[a-zA-Z0-9!$%&'()*+,\-.:;=[\]_~]*)@)?(?<host>(?:[a-zA-Z0-9.-]+|\[(?<ip>[0-9a-fA-F:.]+)\])(?::(?<port>\d+))?)$/
const PATH_AND_QUERY = /^[!-~]*$/
const PATH_START = /[/?]/
const MAX_PORT = 65_535

/** undefined: it is none. A fragment takes a path or a query before it. */
export function parseAbsoluteUrl(text: string): AbsoluteUrl | undefined {
  const scheme = SCHEME.exec(text)
  if (scheme === null) return undefined
  const rest = text.slice(scheme[0].length)
  const at = rest.search(PATH_START)
  const pathAndQuery = at < 0 ? '' : rest.slice(at)
  const authority = parseUrlAuthority(at < 0 ? rest : rest.slice(0, at))
  if (authority === undefined || !PATH_AND_QUERY.test(pathAndQuery)) return undefined
  const { hostAndPort, userInformation = '' } = authority
  const fragmentAt = pathAndQuery.indexOf('#')
  return { hostAndPort, userInformation, fragment: fragmentAt < 0 ? '' : pathAndQuery.slice(fragmentAt + 1) }
}

/** What stands between a scheme and a path. In brackets there is an IP address, of either family. */
export function parseUrlAuthority(text: string): UrlAuthority | undefined {
  const groups = AUTHORITY.exec(text)?.groups
  if (groups === undefined) return undefined
  const { user, host = '', ip, port } = groups
  if (port !== undefined && Number(port) > MAX_PORT) return undefined
  if (ip !== undefined && parseIp(ip) === undefined) return undefined
  return { hostAndPort: host, userInformation: user, hasPort: port !== undefined }
}
