import { expect, test } from 'bun:test'
import type { Message } from '../../api/config.ts'
import { redacted } from './redact.ts'

const AUTH = 'type.googleapis.com/envoy.extensions.filters.http.basic_auth.v3.BasicAuth'
const KEYS = 'type.googleapis.com/envoy.extensions.filters.http.api_key_auth.v3.ApiKeyAuth'
const FILTER = 'envoy.extensions.filters.network.http_connection_manager.v3.HttpFilter'

test('redacted: every text of a sensitive field, also below an Any', () => {
  const filter = (users: Message): Message => ({ name: 'a', typed_config: { '@type': AUTH, users, realm: 'r' } })
  expect(redacted(FILTER, filter({ inline_string: 'secret' }))).toEqual(filter({ inline_string: '[redacted]' }))
  expect(redacted(FILTER, filter({ inline_bytes: 'c2VjcmV0' }))).toEqual(filter({ inline_bytes: 'W3JlZGFjdGVkXQ==' }))
  const file = { filename: '/etc/users', watched_directory: { path: '/etc' } }
  const hidden = { filename: '[redacted]', watched_directory: { path: '[redacted]' } }
  expect(redacted(FILTER, filter(file))).toEqual(filter(hidden))
})

test('redacted: in lists and maps, and nothing but what is sensitive', () => {
  const credentials = [{ key: 'secret', client: 'one' }]
  expect(redacted(FILTER, { typed_config: { '@type': KEYS, credentials, allowed: 1 } })).toEqual({
    typed_config: { '@type': KEYS, credentials: [{ key: '[redacted]', client: '[redacted]' }], allowed: 1 },
  })
  const perRoute = { 'basic auth': { '@type': `${AUTH}PerRoute`, users: { inline_string: 'secret' } } }
  expect(redacted('envoy.config.route.v3.Route', { name: 'r', typed_per_filter_config: perRoute })).toEqual({
    name: 'r',
    typed_per_filter_config: { 'basic auth': { '@type': `${AUTH}PerRoute`, users: { inline_string: '[redacted]' } } },
  })
})

test('redacted: a message without anything of it is the same object', () => {
  const route = { name: 'r', direct_response: { status: 200, body: { inline_string: 'hello' } }, metadata: {} }
  expect(redacted('envoy.config.route.v3.Route', route)).toBe(route)
  const unknown = { typed_config: { '@type': 'type.googleapis.com/nobody.knows.It', a: 1 } }
  expect(redacted(FILTER, unknown)).toBe(unknown)
})
