/** Sessions in cookies: read from requests, set where the host is another one. */
import type { RequestHeaders, ResponseHeaders } from '../../../../api/headers.ts'
import type { SessionState, SessionStateFactory } from '../../../../api/stateful-session.ts'
import { cookieValue } from '../../../../router/cookies.ts'
import { readSession, writeSession } from './session-cookie.ts'

export interface CookieSessionConfig {
  readonly name: string
  /** 0: as long as the client keeps it. */
  readonly ttlSeconds: number
  /** What stands behind the value in set-cookie. */
  readonly attributes: string
  /** Whether requests for this path (with query) have sessions. */
  readonly matchesPath: (path: string) => boolean
}

export class CookieSessions implements SessionStateFactory {
  readonly #config: CookieSessionConfig
  readonly #uptimeSeconds: () => number

  constructor(config: CookieSessionConfig, uptimeSeconds: () => number) {
    this.#config = config
    this.#uptimeSeconds = uptimeSeconds
  }

  create(headers: RequestHeaders): SessionState | undefined {
    const { name, matchesPath } = this.#config
    if (!matchesPath(headers.path)) return undefined
    const upstreamAddress = readSession(cookieValue(headers, name) ?? '', this.#uptimeSeconds())
    return { upstreamAddress, onUpdate: (host, response) => this.#update(upstreamAddress, host, response) }
  }

  #update(named: string | undefined, host: string, headers: ResponseHeaders): boolean {
    if (host === named) return false
    const { name, ttlSeconds, attributes } = this.#config
    const expires = ttlSeconds > 0 ? this.#uptimeSeconds() + ttlSeconds : 0
    headers.add('set-cookie', `${name}="${writeSession(host, expires)}"${attributes}`)
    return true
  }
}

/** A cookie's path covers what stands below it. */
export function pathMatcher(path: string): (requestPath: string) => boolean {
  if (path === '' || path === '/') return () => true
  if (path.endsWith('/')) return (requestPath) => requestPath.startsWith(path)
  return (requestPath) => {
    if (!requestPath.startsWith(path)) return false
    return requestPath.length === path.length || '/?#'.includes(requestPath[path.length]!)
  }
}
