/* When an attempt is tried again, how often, and what is told of it. */
import { httpListener, routeTo, staticCluster } from '../support/configs.ts'
import { differential } from './support/differential.ts'
import { fileLog, textFormat } from '../support/file-log.ts'
import { OUTCOME } from './support/pieces.ts'

const SOON = { base_interval: '0.001s', max_interval: '0.002s' }
const retry = (policy: object, action: object = {}) => ({
  retry_policy: { retry_back_off: SOON, ...policy },
  ...action,
})

const ROUTES = [
  routeTo('app', '/5xx', retry({ retry_on: '5xx', num_retries: 2 })),
  routeTo('app', '/gateway', retry({ retry_on: 'gateway-error' })),
  routeTo('app', '/4xx', retry({ retry_on: 'retriable-4xx' })),
  routeTo('app', '/codes', retry({ retry_on: 'retriable-status-codes', retriable_status_codes: [418, 500] })),
  routeTo('app', '/headers', retry({ retry_on: 'retriable-headers', retriable_headers: [{ name: 'x-again' }] })),
  routeTo(
    'app',
    '/asked',
    retry({ retry_on: '5xx', retriable_request_headers: [{ name: ':method', string_match: { exact: 'GET' } }] }),
  ),
  routeTo('app', '/reset', retry({ retry_on: 'reset' })),
  routeTo('app', '/before', retry({ retry_on: 'reset-before-request' })),
  routeTo('dead', '/connect', retry({ retry_on: 'connect-failure', num_retries: 2 })),
  routeTo('app', '/limited', retry({ retry_on: 'envoy-ratelimited' })),
  routeTo('app', '/grpc', retry({ retry_on: 'cancelled,unavailable' })),
  routeTo(
    'app',
    '/wait',
    retry({
      retry_on: '5xx',
      rate_limited_retry_back_off: { reset_headers: [{ name: 'retry-after' }], max_interval: '2s' },
    }),
  ),
  routeTo('app', '/try', retry({ retry_on: '5xx', per_try_timeout: '0.2s', num_retries: 1 })),
  routeTo('app', '/idle', retry({ retry_on: '5xx', per_try_idle_timeout: '0.2s', num_retries: 1 })),
  routeTo(
    'app',
    '/hedge',
    retry(
      { retry_on: '5xx', per_try_timeout: '0.2s', num_retries: 1 },
      { hedge_policy: { hedge_on_per_try_timeout: true }, timeout: '2s' },
    ),
  ),
  { ...routeTo('app', '/small', retry({ retry_on: '5xx' })), request_body_buffer_limit: 4 },
  routeTo('tight', '/tight', retry({ retry_on: '5xx', num_retries: 3 })),
  routeTo('app', '/'),
]

const EXTRA = {
  internal_address_config: { cidr_ranges: [{ address_prefix: '127.0.0.0', prefix_len: 8 }] },
  access_log: [fileLog('access.log', textFormat(OUTCOME))],
}
const BREAKERS = { circuit_breakers: { thresholds: [{ max_retries: 0 }] } }
const INTERNAL = 'x-forwarded-for: 127.0.0.1'

differential('retries', {
  backends: ['app', 'tight'],
  bootstrap: (port) => ({
    static_resources: {
      listeners: [
        httpListener('front', {
          routes: ROUTES,
          virtualHost: {
            include_request_attempt_count: true,
            include_attempt_count_in_response: true,
            include_is_timeout_retry_header: true,
          },
          extra: EXTRA,
        }),
      ],
      clusters: [
        staticCluster('app', [port('app')]),
        staticCluster('tight', [port('tight')], BREAKERS),
        staticCluster('dead', [1]),
      ],
    },
  }),
  stats: /^cluster\.(?:app|tight|dead)\.(?:upstream_rq_(?:retry.*|total|timeout|per_try.*|\dxx|tx_reset)|retry.*)$/,
  traffic: async (side) => {
    let lines = 0
    const ask = async (path: string, order: string, ...headers: readonly string[]) => {
      lines++
      await side.request(`${path} ${order} ${headers.join()}`, 'front', `GET ${path}`, `x-do: ${order}`, ...headers)
    }
    for (const status of [500, 503, 501]) await ask('/5xx', `status=${status}`)
    await ask('/5xx', 'reset')
    await ask('/5xx/once', 'fail=1')
    for (const status of [500, 502, 504]) await ask('/gateway', `status=${status}`)
    for (const status of [409, 404]) await ask('/4xx', `status=${status}`)
    for (const status of [418, 500, 503]) await ask('/codes', `status=${status}`)
    await ask('/headers', 'header=x-again: 1')
    await ask('/headers', 'status=500')
    await ask('/asked', 'status=503')
    for (const path of ['/reset', '/before'])
      for (const order of ['reset', 'status=503', 'garbage']) await ask(path, order)
    await ask('/connect', 'status=200')
    for (const order of ['status=503;header=x-envoy-ratelimited: true', 'status=503']) {
      await ask('/limited', order)
      await ask('/5xx', order, 'x-n: 1')
    }
    for (const code of [1, 14, 13]) await ask('/grpc', `header=grpc-status: ${code}`, 'content-type: application/grpc')
    await ask('/wait', 'status=503;header=retry-after: 1')
    await ask('/try', 'hang')
    await ask('/try/slow', 'delay=100')
    await ask('/idle', 'hang')
    await ask('/hedge', 'delay=300')
    await ask('/hedge/late', 'delay=550')
    await ask('/hedge/fail', 'fail=2')
    await ask('/tight', 'status=503')
    // What internal clients may ask for.
    await ask('/', 'status=503', INTERNAL, 'x-envoy-retry-on: 5xx', 'x-envoy-max-retries: 2')
    await ask(
      '/',
      'status=418',
      INTERNAL,
      'x-envoy-retry-on: retriable-status-codes',
      'x-envoy-retriable-status-codes: 418',
    )
    await ask(
      '/',
      'header=x-b: 1',
      INTERNAL,
      'x-envoy-retry-on: retriable-headers',
      'x-envoy-retriable-header-names: x-b',
    )
    await ask('/5xx', 'status=503', INTERNAL, 'x-envoy-max-retries: 0')
    await ask(
      '/',
      'hang',
      INTERNAL,
      'x-envoy-upstream-rq-timeout-ms: 200',
      'x-envoy-upstream-rq-timeout-alt-response: 1',
    )
    await ask('/', 'hang', INTERNAL, 'x-envoy-retry-on: 5xx', 'x-envoy-upstream-rq-per-try-timeout-ms: 100')
    const post = (path: string, order: string) =>
      `POST ${path} HTTP/1.1\r\nhost: a.test\r\nx-do: ${order}\r\ncontent-length: 5\r\n\r\nhello`
    for (const path of ['/5xx', '/small', '/asked']) {
      lines++
      await side.send(`POST ${path}`, 'front', post(path, 'status=503'))
    }
    // Tried anew as it was: chunked, though of no bytes.
    lines++
    const empty =
      'POST /5xx HTTP/1.1\r\nhost: a.test\r\nx-do: status=503\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n'
    await side.send('POST /5xx of an empty body', 'front', empty)
    side.noteSeen('app')
    side.noteSeen('tight')
    await side.noteLog('access.log', lines)
  },
})
