/* Bodies that retries, mirrors and internal redirects send again: up to which limit, and what becomes of longer ones. */
import { httpListener, routeTo, staticCluster } from '../support/configs.ts'
import { differential } from './support/differential.ts'
import { fileLog, textFormat } from '../support/file-log.ts'
import { OUTCOME } from './support/pieces.ts'

/** None, so that nothing counts down. */
const timeout = '0s'
const retry_policy = { retry_on: '5xx', num_retries: 2, retry_back_off: { base_interval: '0.001s' } }
const request_mirror_policies = [{ cluster: 'shadow' }]
const internal_redirect_policy = { redirect_response_codes: [307] }

const routes = [
  routeTo('app', '/plain', { timeout, retry_policy }),
  { ...routeTo('app', '/route', { timeout, retry_policy }), request_body_buffer_limit: 100 },
  { ...routeTo('app', '/older', { timeout, retry_policy }), per_request_buffer_limit_bytes: 100 },
  {
    ...routeTo('app', '/both', { timeout, retry_policy }),
    request_body_buffer_limit: 1023,
    per_request_buffer_limit_bytes: 100,
  },
  { ...routeTo('app', '/nothing', { timeout, retry_policy }), request_body_buffer_limit: 0 },
  { ...routeTo('app', '/large', { timeout, retry_policy }), request_body_buffer_limit: 2000 },
  {
    ...routeTo('app', '/mirrored', { timeout, retry_policy, request_mirror_policies }),
    request_body_buffer_limit: 100,
  },
  { ...routeTo('app', '/mirror', { timeout, request_mirror_policies }), request_body_buffer_limit: 100 },
  {
    ...routeTo('app', '/redirected', { timeout, retry_policy, internal_redirect_policy }),
    request_body_buffer_limit: 100,
  },
]
const SIZES = [1, 100, 101, 1023, 1024, 1025, 2001]
const REDIRECT = 'status=307;header=location: /plain/to;only=/red'

/** Virtual hosts and connection managers set limits as well. */
const listener = (name: string, virtualHost: object, extra: object): object => ({
  ...httpListener(name, {
    statPrefix: name,
    routes,
    virtualHost,
    extra: { access_log: [fileLog(`${name}.log`, textFormat(OUTCOME))], delayed_close_timeout: '0.1s' },
  }),
  ...extra,
})

for (const [name, virtualHost, extra] of [
  ['front', {}, { per_connection_buffer_limit_bytes: 1024 }],
  ['host', { request_body_buffer_limit: 1023 }, {}],
  ['older', { per_request_buffer_limit_bytes: 1023 }, { per_connection_buffer_limit_bytes: 4096 }],
] as const) {
  differential(`bodies that are sent again: limits of ${name}`, {
    backends: ['app', 'shadow'],
    bootstrap: (port) => ({
      static_resources: {
        listeners: [listener(name, virtualHost, extra)],
        clusters: [staticCluster('app', [port('app')]), staticCluster('shadow', [port('shadow')])],
      },
    }),
    stats:
      /^cluster\.(?:app|shadow)\.(?:upstream_rq_(?:retry.*|total|\dxx|tx_reset|rx_reset)|retry.*)$|^http\.(?:front|host|older)\.downstream_rq_(?:\dxx|too)/,
    traffic: async (side) => {
      let lines = 0
      for (const route of routes) {
        const { prefix } = (route as { match: { prefix: string } }).match
        for (const size of SIZES) {
          const body = 'b'.repeat(size)
          const chunk = `${size.toString(16)}\r\n${body}\r\n0\r\n\r\n`
          for (const order of prefix === '/redirected' ? ['fail=1', 'reset', REDIRECT] : ['fail=1', 'reset']) {
            const path = `${prefix}/${size}/${order.slice(0, 3)}`
            const head = `POST ${path} HTTP/1.1\r\nhost: a\r\nx-do: ${order}\r\n`
            if (order === 'reset') {
              await side.send(`${path} in chunks`, name, `${head}transfer-encoding: chunked\r\n\r\n${chunk}`)
            } else await side.send(path, name, `${head}content-length: ${size}\r\n\r\n${body}`)
            lines++
          }
        }
      }
      await Bun.sleep(100)
      side.noteSeen('app')
      const shadowed = side.seenBy('shadow').map(({ line, headers, body }) => [line, headers, body.length].join(' '))
      side.note('shadow', shadowed.toSorted())
      await side.noteLog(`${name}.log`, lines)
    },
  })
}
