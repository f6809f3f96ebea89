/** envoy.config.route.v3.RedirectAction: the Location of the answer. */
import type { Reader } from '../api/config.ts'
import type { RequestHeaders } from '../api/headers.ts'
import type { StreamInfo } from '../api/stream-info.ts'
import { toWireText } from '../base/wire-text.ts'
import type { RegexRewrite } from '../config/matchers/regex-config.ts'
import { readRegexRewrite } from '../config/matchers/regex-config.ts'
import type { PathMatch } from './path-match.ts'
import type { RewriteFormat } from './rewrite-format.ts'
import { readRewriteFormat } from './rewrite-format.ts'
import { withoutQuery } from './request-view.ts'
import { queryOf, rewriteByRegex, rewritePrefix } from './rewrite.ts'

const STATUS = {
  MOVED_PERMANENTLY: 301,
  FOUND: 302,
  SEE_OTHER: 303,
  TEMPORARY_REDIRECT: 307,
  PERMANENT_REDIRECT: 308,
} as const

export interface Redirect {
  readonly status: number
  /** A path that is rewritten becomes the request's, with x-envoy-original-path. */
  readonly location: (headers: RequestHeaders, streamInfo: StreamInfo) => string
}

interface RedirectConfig {
  readonly https: boolean
  readonly scheme: string
  readonly host: string
  readonly port: number
  readonly path: string
  readonly prefix: string
  readonly regex: RegexRewrite | undefined
  readonly format: RewriteFormat | undefined
  readonly stripQuery: boolean
}

export function readRedirect(reader: Reader, match: PathMatch): Redirect {
  const config: RedirectConfig = {
    https: reader.bool('https_redirect', false),
    scheme: reader.string('scheme_redirect'),
    host: toWireText(reader.string('host_redirect')),
    port: reader.number('port_redirect', 0),
    path: toWireText(reader.string('path_redirect')),
    prefix: toWireText(reader.string('prefix_rewrite')),
    regex: reader.message('regex_rewrite', readRegexRewrite),
    format: readRewriteFormat(reader, 'path_rewrite', ''),
    stripQuery: reader.bool('strip_query', false),
  }
  if (config.prefix !== '' && match.template !== undefined) {
    reader.error('prefix_rewrite', 'NU153', 'Cannot use redirect.prefix_rewrite with path_match_policy')
  }
  const status = STATUS[reader.enumeration<keyof typeof STATUS>('response_code', 'MOVED_PERMANENTLY')]
  return { status, location: (headers, streamInfo) => location(config, match, headers, streamInfo) }
}

/** The redirect of `require_tls`: the same address over https. */
export const TLS_REDIRECT: Redirect = {
  status: 301,
  location: (headers) => `https://${headers.authority ?? ''}${headers.path}`,
}

/** What a plain answer with a status that has a Location says: the address that was asked for. */
export const SAME_ADDRESS: Redirect['location'] = (headers) =>
  `${headers.scheme ?? 'http'}://${headers.authority ?? ''}${headers.path}`

function location(config: RedirectConfig, match: PathMatch, headers: RequestHeaders, streamInfo: StreamInfo): string {
  const scheme = config.https ? 'https' : config.scheme || (headers.scheme ?? 'http')
  const path = newPath(config, match, headers, streamInfo)
  return `${scheme}://${newHost(config, headers, scheme)}${path.startsWith('/') ? '' : '/'}${path}`
}

function newHost(config: RedirectConfig, headers: RequestHeaders, scheme: string): string {
  const port = config.port === 0 ? '' : `:${config.port}`
  const host = config.host === '' ? hostToKeep(headers, scheme, port) : config.host
  return host + port
}

/** The request's own host. Its port goes when there is a new one, or when it is the default of a scheme that is left. */
function hostToKeep(headers: RequestHeaders, scheme: string, newPort: string): string {
  const host = headers.authority ?? ''
  const start = portToReplace(host)
  if (start < 0) return host
  if (newPort !== '') return host.slice(0, start)
  // What counts as the scheme before is x-forwarded-proto: a proxy in front may have taken TLS off.
  const before = headers.get('x-forwarded-proto') ?? headers.scheme
  if (before === scheme) return host
  const port = host.slice(start)
  const isDefault = (before === 'http' && port === ':80') || (before === 'https' && port === ':443')
  return isDefault ? host.slice(0, start) : host
}

/** Also of a host that is none, as Envoy has it here: behind the last bracket of one that begins with a bracket, else the last colon. */
function portToReplace(host: string): number {
  if (!host.startsWith('[')) return host.lastIndexOf(':')
  const start = host.lastIndexOf(']') + 1
  return host[start] === ':' ? start : -1
}

function newPath(config: RedirectConfig, match: PathMatch, headers: RequestHeaders, streamInfo: StreamInfo): string {
  const received = headers.path
  if (config.path !== '') {
    // A query of the new path stands for the old one, whatever strip_query says.
    return config.path.includes('?') || config.stripQuery ? config.path : config.path + queryOf(received)
  }
  if (config.format !== undefined) {
    const path = config.format(headers, streamInfo)
    if (path === '') return config.stripQuery ? withoutQuery(received) : received
    return path.includes('?') || config.stripQuery ? path : path + queryOf(received)
  }
  const path = rewritten(config, match, received)
  if (path === '') return config.stripQuery ? withoutQuery(received) : received
  // From here on this is the request's path, for logs and formats of the answer as well.
  headers.set('x-envoy-original-path', received)
  headers.path = path
  return config.stripQuery ? withoutQuery(path) : path
}

/** '' where nothing is. */
function rewritten({ prefix, regex }: RedirectConfig, match: PathMatch, path: string): string {
  if (prefix !== '') return rewritePrefix(path, match, prefix)
  return regex === undefined ? '' : rewriteByRegex(path, regex)
}
