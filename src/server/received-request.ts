/** A request as a connection manager hands it to its route table: from a URL, by what is done to path and host before. */
import type { Message } from '../api/config.ts'
import type { RequestHeaders } from '../api/headers.ts'
import { newRequestHeaders } from '../codec/headers/request-headers.ts'
import type { HostPortStripping, PathSettings } from '../http/connection-manager-settings.ts'
import { normalizePath } from '../http/path/normalize-path.ts'
import { normalizeHost } from '../http/request-headers/host.ts'

export interface AbsoluteUrl {
  readonly scheme: 'http' | 'https'
  /** As written, with its port. */
  readonly authority: string
  readonly hostname: string
  readonly port: number
  /** As written; at least `/`. */
  readonly path: string
}

const URL = /^(https?):\/\/([^/?#\s]+)(\/[^\s]*|\?[^\s]*)?$/i

/** Nothing is made of dots or percent signs: they are what a client sends. */
export function absoluteUrl(text: string): AbsoluteUrl | undefined {
  const found = URL.exec(text)
  if (found === null) return undefined
  const [, scheme = '', authority = '', path = '/'] = found
  const isSecure = scheme.toLowerCase() === 'https'
  const [, hostname = authority, port = ''] = /^(.*?)(?::(\d*))?$/.exec(authority) ?? []
  return {
    scheme: isSecure ? 'https' : 'http',
    authority,
    hostname,
    port: Number(port || (isSecure ? 443 : 80)),
    path: path.startsWith('?') ? `/${path}` : path,
  }
}

/** `lines`: `name: value`. */
export function sentRequest(method: string, url: AbsoluteUrl, lines: readonly string[]): RequestHeaders {
  const headers = newRequestHeaders(method, url.path, url.authority)
  headers.scheme = url.scheme
  headers.set('x-forwarded-proto', url.scheme)
  for (const line of lines) {
    const [name = '', value = ''] = line.split(/:(.*)/s)
    if (name.trim().toLowerCase() === 'host') headers.authority = value.trim()
    else headers.add(name.trim().toLowerCase(), value.trim())
  }
  return headers
}

/** Changes path and host as `manager` (a checked HttpConnectionManager) says; the answer where that is the end of it. */
export function receiveRequest(headers: RequestHeaders, manager: Message, listenerPort: number): string | undefined {
  const path = normalizePath(headers, pathSettings(manager))
  if (path === 'reject') return '400: the path cannot be normalized'
  if (path === 'redirect') return `307 to ${headers.path}`
  const stripHostPort = portStripping(manager)
  normalizeHost(
    headers,
    { stripHostPort, stripTrailingHostDot: manager['strip_trailing_host_dot'] === true },
    listenerPort,
  )
  return undefined
}

function pathSettings(manager: Message): PathSettings {
  const action = manager['path_with_escaped_slashes_action'] ?? 'IMPLEMENTATION_SPECIFIC_DEFAULT'
  return {
    normalize: manager['normalize_path'] === true,
    mergeSlashes: manager['merge_slashes'] === true,
    escapedSlashes:
      action === 'IMPLEMENTATION_SPECIFIC_DEFAULT' ? 'KEEP_UNCHANGED' : (action as PathSettings['escapedSlashes']),
  }
}

function portStripping(manager: Message): HostPortStripping {
  if (manager['strip_any_host_port'] === true) return 'any'
  return manager['strip_matching_host_port'] === true ? 'matching' : 'none'
}
