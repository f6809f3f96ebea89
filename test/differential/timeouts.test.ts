/* What runs out of time, and what is over. */
import { direct, httpListener, routeTo, staticCluster } from '../support/configs.ts'
import { differential } from './support/differential.ts'
import { fileLog, textFormat } from '../support/file-log.ts'
import { OUTCOME } from './support/pieces.ts'

const LOG = {
  delayed_close_timeout: '0.1s',
  drain_timeout: '0.1s',
  access_log: [fileLog('access.log', textFormat(OUTCOME))],
}

const TRAFFIC_STATS =
  /^http\.(?:ingress|strict|short)\.(?:downstream_rq|downstream_cx_(?:idle|max|total|delayed)|rq_)|^cluster\.app\.(?:upstream_rq|upstream_cx_(?:total|destroy|http1|connect|protocol))/

const slow = (ms: number): string => `x-do: delay=${ms}`

differential('timeouts of routes, attempts, streams and requests', {
  backends: ['app'],
  bootstrap: (port) => ({
    static_resources: {
      listeners: [
        httpListener('front', {
          routes: [
            routeTo('app', '/route', { timeout: '0.1s' }),
            routeTo('app', '/try', {
              timeout: '5s',
              retry_policy: { retry_on: '5xx', num_retries: 1, per_try_timeout: '0.1s' },
            }),
            routeTo('app', '/idle-try', {
              retry_policy: { retry_on: '5xx', num_retries: 1, per_try_idle_timeout: '0.1s' },
            }),
            routeTo('app', '/idle', { timeout: '0s', idle_timeout: '0.15s' }),
            routeTo('app', '/duration', { max_stream_duration: { max_stream_duration: '0.15s' } }),
            routeTo('app'),
          ],
          extra: LOG,
        }),
        httpListener('strict', {
          statPrefix: 'strict',
          routes: [routeTo('app')],
          extra: {
            ...LOG,
            request_timeout: '0.15s',
            request_headers_timeout: '0.1s',
            common_http_protocol_options: { idle_timeout: '0.2s' },
          },
        }),
        httpListener('short', {
          statPrefix: 'short',
          routes: [direct('/', 'x')],
          extra: {
            ...LOG,
            common_http_protocol_options: { max_connection_duration: '0.2s', max_requests_per_connection: 3 },
          },
        }),
      ],
      clusters: [staticCluster('app', [port('app')])],
    },
  }),
  stats: TRAFFIC_STATS,
  traffic: async (side) => {
    await side.request('route', 'front', 'GET /route', slow(2000))
    await side.request('attempts', 'front', 'GET /try', slow(2000))
    await side.request('idle attempts', 'front', 'GET /idle-try', slow(2000))
    await side.request('stream idle', 'front', 'GET /idle', slow(2000))
    await side.request('duration', 'front', 'GET /duration', slow(2000))
    await side.request('none', 'front', 'GET /', slow(250))
    await side.send('body missing', 'front', 'POST /idle HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nab', true)
    await side.send('request', 'strict', 'POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nab', true)
    await side.send('request head', 'strict', 'GET / HTTP/1.1\r\nHos', true)
    await side.send('idle connection', 'strict', 'GET / HTTP/1.1\r\nHost: a\r\n\r\n', true)
    await side.send('connection duration', 'short', 'GET / HTTP/1.1\r\nHost: a\r\n\r\n', true)
    await side.send('two requests at once', 'short', 'GET / HTTP/1.1\r\nHost: a\r\n\r\n'.repeat(2), true)
    await side.noteLog('access.log', 14)
  },
})

/** Not the edge: an internal client is told by its one address in x-forwarded-for. */
const INTERNAL = 'x-forwarded-for: 10.0.0.1'

differential('x-envoy-upstream-stream-duration-ms is for internal clients', {
  backends: ['app'],
  bootstrap: (port) => ({
    static_resources: {
      listeners: ['front', 'edge'].map((name) =>
        httpListener(name, {
          extra: {
            use_remote_address: name === 'edge',
            internal_address_config: { cidr_ranges: ['127.0.0.0', '10.0.0.0'].map(range) },
          },
        }),
      ),
      clusters: [staticCluster('app', [port('app')])],
    },
  }),
  stats: /upstream_rq_max_duration_reached/,
  traffic: async (side) => {
    const limit = 'x-envoy-upstream-stream-duration-ms: 100'
    for (const listener of ['front', 'edge']) {
      await side.request(`${listener} nobody`, listener, 'GET /', slow(300), limit)
      await side.request(`${listener} internal`, listener, 'GET /', slow(300), limit, INTERNAL)
      await side.request(`${listener} external`, listener, 'GET /', slow(300), limit, 'x-forwarded-for: 8.8.8.8')
    }
    side.noteSeen('app')
  },
})

function range(address_prefix: string): object {
  return { address_prefix, prefix_len: 8 }
}
