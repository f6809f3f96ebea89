/** Request targets: what the parser lets through, and what an absolute one is taken apart into. */
import type { ProtocolError } from '../../../api/codec.ts'
import { parseUrlAuthority } from '../../../base/absolute-url.ts'
import { INVALID_SCHEME, INVALID_URL } from '../protocol-errors.ts'

const PATH_AND_QUERY = /^[!-~]*$/
const SCHEME = /^[a-zA-Z][a-zA-Z0-9+.-]*:\/\//
const HOST = /^[a-zA-Z0-9!$%&'()*+,\-.:;=@[\]_~]*$/
const PATH_START = /[/?]/

/** Whether the parser accepts the target (Envoy's balsa_parser.cc, isUrlValid). */
export function isTargetValid(target: string, isConnect: boolean): boolean {
  if (target === '') return false
  if (target.startsWith('/') || target.startsWith('*')) return PATH_AND_QUERY.test(target)
  let rest = target
  if (!isConnect) {
    const scheme = SCHEME.exec(target)
    if (scheme === null) return false
    rest = target.slice(scheme[0].length)
  }
  const pathAt = rest.search(PATH_START)
  const host = pathAt < 0 ? rest : rest.slice(0, pathAt)
  return HOST.test(host) && !host.includes('@@') && (pathAt < 0 || PATH_AND_QUERY.test(rest.slice(pathAt)))
}

export interface TargetParts {
  readonly ok: true
  readonly path: string
  /** undefined: the Host line's. */
  readonly authority: string | undefined
  readonly scheme: string | undefined
}

/** From a valid target to the pseudo-headers (Envoy's ServerConnectionImpl::handlePath). */
export function targetParts(
  method: string,
  target: string,
  allowAbsoluteUrl: boolean,
): TargetParts | { readonly ok: false; readonly error: ProtocolError } {
  const isConnect = method === 'CONNECT'
  const isPlain = target.startsWith('/') || (method === 'OPTIONS' && target.startsWith('*'))
  if (!isConnect && (isPlain || !allowAbsoluteUrl)) {
    return { ok: true, path: target, authority: undefined, scheme: undefined }
  }
  const scheme = isConnect ? null : SCHEME.exec(target)
  if (!isConnect && scheme === null) return { ok: false, error: INVALID_URL }
  const rest = scheme === null ? target : target.slice(scheme[0].length)
  const pathAt = rest.search(PATH_START)
  const authority = hostAndPort(pathAt < 0 ? rest : rest.slice(0, pathAt), isConnect)
  if (authority === undefined) return { ok: false, error: INVALID_URL }
  if (scheme === null) {
    return pathAt < 0 ? { ok: true, path: '', authority, scheme: undefined } : { ok: false, error: INVALID_URL }
  }
  const name = scheme[0].slice(0, -3)
  if (!/^https?$/i.test(name)) return { ok: false, error: INVALID_SCHEME }
  return { ok: true, path: pathAt < 0 ? '/' : rest.slice(pathAt), authority, scheme: name.toLowerCase() }
}

/** Without the user information, which an absolute target may have; CONNECT needs a port. */
function hostAndPort(authority: string, isConnect: boolean): string | undefined {
  const parsed = parseUrlAuthority(authority)
  if (parsed === undefined) return undefined
  return isConnect && (!parsed.hasPort || parsed.userInformation !== undefined) ? undefined : parsed.hostAndPort
}
