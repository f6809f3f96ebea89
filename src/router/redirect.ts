/** envoy.config.route.v3.RedirectAction: the Location of the answer. */
import type { Reader } from '../api/config.ts'
import type { RequestHeaders } from '../api/headers.ts'
import type { RegexRewrite } from '../config/matchers/regex-config.ts'
import { readRegexRewrite } from '../config/matchers/regex-config.ts'
import type { PathMatch } from './path-match.ts'
import { queryStart } from './request-view.ts'
import { rewriteByRegex, rewritePrefix } from './rewrite.ts'

const STATUS = {
  MOVED_PERMANENTLY: 301,
  FOUND: 302,
  SEE_OTHER: 303,
  TEMPORARY_REDIRECT: 307,
  PERMANENT_REDIRECT: 308,
} as const

export interface Redirect {
  readonly status: number
  location(headers: RequestHeaders): string
}

interface RedirectConfig {
  readonly https: boolean
  readonly scheme: string
  readonly host: string
  readonly port: number
  readonly path: string
  readonly prefix: string | undefined
  readonly regex: RegexRewrite | undefined
  readonly stripQuery: boolean
}

export function readRedirect(reader: Reader, match: PathMatch): Redirect {
  const config: RedirectConfig = {
    https: reader.bool('https_redirect', false),
    scheme: reader.string('scheme_redirect'),
    host: reader.string('host_redirect'),
    port: reader.number('port_redirect', 0),
    path: reader.string('path_redirect'),
    prefix: reader.optionalString('prefix_rewrite'),
    regex: reader.message('regex_rewrite', readRegexRewrite),
    stripQuery: reader.bool('strip_query', false),
  }
  const status = STATUS[reader.enumeration<keyof typeof STATUS>('response_code', 'MOVED_PERMANENTLY')]
  return { status, location: (headers) => location(config, match, headers) }
}

/** The redirect of `require_tls`: the same address over https. */
export const TLS_REDIRECT: Redirect = {
  status: 301,
  location: (headers) => `https://${withoutDefaultPort(headers.authority ?? '', 'http')}${headers.path}`,
}

function location(config: RedirectConfig, match: PathMatch, headers: RequestHeaders): string {
  const before = headers.scheme ?? 'http'
  const scheme = config.https ? 'https' : config.scheme || before
  return `${scheme}://${newHost(config, headers, before, scheme)}${newPath(config, match, headers.path)}`
}

function newHost(config: RedirectConfig, headers: RequestHeaders, before: string, scheme: string): string {
  const received = headers.authority ?? ''
  if (config.port !== 0) return `${config.host || withoutPort(received)}:${config.port}`
  if (config.host !== '') return config.host
  return scheme === before ? received : withoutDefaultPort(received, before)
}

/** The port goes only when it is the default one of the scheme that is left. */
function withoutDefaultPort(host: string, scheme: string): string {
  const port = scheme === 'https' ? ':443' : ':80'
  return host.endsWith(port) ? host.slice(0, -port.length) : host
}

function withoutPort(host: string): string {
  return host.replace(/:\d+$/, '')
}

function newPath(config: RedirectConfig, match: PathMatch, received: string): string {
  const queryAt = queryStart(received)
  const query = queryAt < 0 || config.stripQuery ? '' : received.slice(queryAt)
  const plain = queryAt < 0 ? received : received.slice(0, queryAt)
  if (config.path !== '') return config.path.includes('?') ? config.path : config.path + query
  if (config.prefix !== undefined && config.prefix !== '') return rewritePrefix(plain, match, config.prefix) + query
  if (config.regex !== undefined) return rewriteByRegex(plain, config.regex) + query
  return plain + query
}
