import { expect, test } from 'bun:test'
import { FilterHarness } from '../../../../../test/support/filter-harness.ts'
import { httpFilterConformance } from '../../../../../test/support/http-filter-conformance.ts'
import { extension as cookie } from '../../../http/stateful_session/cookie/extension.ts'
import { pathMatcher } from '../../../http/stateful_session/cookie/cookie-session.ts'
import { readSession, writeSession } from '../../../http/stateful_session/cookie/session-cookie.ts'
import { extension as envelope } from '../../../http/stateful_session/envelope/extension.ts'
import { extension as header } from '../../../http/stateful_session/header/extension.ts'
import { extension } from './extension.ts'
import type { Extension } from '../../../../api/extension.ts'

// Extensions of any configuration are ones of an unknown configuration to the registry.
const extensions = [cookie, envelope, header] as unknown as readonly Extension[]
const state = (
  name: string,
  type: string,
  fields: string,
) => `session_state: {name: envoy.http.stateful_session.${name},
  typed_config: {"@type": type.googleapis.com/envoy.extensions.http.stateful_session.${type}, ${fields}}}`
const HEADER = state('header', 'header.v3.HeaderBasedSessionState', 'name: x-session')
const ENVELOPE = state('envelope', 'envelope.v3.EnvelopeSessionState', 'header: {name: x-session}')
const COOKIE = state('cookie', 'cookie.v3.CookieBasedSessionState', 'cookie: {name: sess, ttl: 60s, path: /}')

httpFilterConformance(extension, {
  extensions,
  good: ['{}', ENVELOPE, `{${HEADER}, strict: true, stat_prefix: sp}`, `{${COOKIE}}`],
  transparent: '{}',
  bad: [[state('cookie', 'cookie.v3.CookieBasedSessionState', ''), 'cookie']],
  perRoute: { good: ['disabled: true', `stateful_session: {${HEADER}}`], bad: [['{}', 'override']] },
})

test('stateful_session: the host that the client names is asked for', () => {
  const filter = new FilterHarness(extension, { config: `{${HEADER}, strict: true}`, extensions })
  filter.send('GET /', [`x-session: ${Buffer.from('10.0.0.9:80').toString('base64')}`])
  expect(filter.callbacks.upstreamOverrideHost).toEqual({ address: '10.0.0.9:80', strict: true, notFoundStatus: 503 })
  filter.respond(204).written()
  filter.send('GET /', ['x-session: !'])
  expect(filter.callbacks.upstreamOverrideHost).toBeUndefined()
})

test('session cookies: written, read, ended, and the bare address of old', () => {
  expect(readSession(writeSession('1.2.3.4:80', 0), 9)).toBe('1.2.3.4:80')
  expect(readSession(writeSession('1.2.3.4:80', 1_000_000), 1_000_000)).toBe('1.2.3.4:80')
  expect(readSession(writeSession('1.2.3.4:80', 1_000_000), 1_000_001)).toBeUndefined()
  expect(readSession(Buffer.from('1.2.3.4:80').toString('base64'), 0)).toBe('1.2.3.4:80')
  expect(['', '!', 'CgU='].map((value) => readSession(value, 0))).toEqual([undefined, undefined, '\n\u0005'])
})

test('a path covers what stands below it', () => {
  const paths = ['/foo', '/foo/bar', '/foo?x', '/foox', '/']
  expect(paths.map(pathMatcher('/foo'))).toEqual([true, true, true, false, false])
  expect(paths.map(pathMatcher('/foo/'))).toEqual([false, true, false, false, false])
  expect(paths.map(pathMatcher('/'))).toEqual([true, true, true, true, true])
})
