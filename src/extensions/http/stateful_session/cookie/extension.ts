/** envoy.http.stateful_session.cookie: the client names its host in a cookie. */
import { uptime } from 'node:os'
import type { Reader } from '../../../../api/config.ts'
import type { Dispatcher } from '../../../../api/event.ts'
import type { Extension } from '../../../../api/extension.ts'
import type { CookieSessionConfig } from './cookie-session.ts'
import { CookieSessions, pathMatcher } from './cookie-session.ts'

export const extension: Extension<CookieSessionConfig, 'envoy.http.stateful_session'> = {
  category: 'envoy.http.stateful_session',
  name: 'envoy.http.stateful_session.cookie',
  typeNames: ['envoy.extensions.http.stateful_session.cookie.v3.CookieBasedSessionState'],
  status: 'stable',
  securityPosture: 'robust_to_untrusted_downstream_and_upstream',
  parse: (reader: Reader) => reader.message('cookie', readCookie) ?? { ...NO_COOKIE },
  create: (config, { dispatcher }) => new CookieSessions(config, uptimeClock(dispatcher)),
}

const NO_COOKIE: CookieSessionConfig = { name: '', ttlSeconds: 0, attributes: '', matchesPath: () => true }

function readCookie(reader: Reader): CookieSessionConfig {
  const path = reader.string('path')
  const ttlSeconds = Math.floor(reader.durationMs('ttl', 0) / 1000)
  const more = reader.messages('attributes', (attribute) => {
    const value = attribute.string('value')
    const name = attribute.string('name')
    return value === '' ? `; ${name}` : `; ${name}=${value}`
  })
  const age = ttlSeconds > 0 ? `; Max-Age=${ttlSeconds}` : ''
  const where = path === '' ? '' : `; Path=${path}`
  return {
    name: reader.string('name'),
    ttlSeconds,
    attributes: `${age}${where}${more.join('')}; HttpOnly`,
    matchesPath: pathMatcher(path),
  }
}

/** Seconds since the machine started: a session outlives the process, and both proxies count so. */
function uptimeClock(dispatcher: Dispatcher): () => number {
  const startedAtMs = uptime() * 1000 - dispatcher.now
  return () => Math.floor((startedAtMs + dispatcher.now) / 1000)
}
