/* Timers of connection managers and routes in each phase of a request: when they end what, to half a unit. */
import { httpListener, routeTo, staticCluster } from '../support/configs.ts'
import { differential } from './support/differential.ts'
import { masked } from './support/mask.ts'
import { fileLog, textFormat } from '../support/file-log.ts'
import type { Side } from './support/side.ts'

/** Everything lasts a multiple of it, so that a busy machine changes nothing. */
const UNIT_MS = 700
const UNIT = `${UNIT_MS / 1000}s`
const common = (options: object): object => ({ common_http_protocol_options: options })

const MANAGERS: Readonly<Record<string, object>> = {
  plain: {},
  idle: common({ idle_timeout: UNIT }),
  'no-idle': common({ idle_timeout: '0s' }),
  age: { ...common({ max_connection_duration: UNIT }), drain_timeout: '0.05s' },
  'safe-age': {
    ...common({ max_connection_duration: UNIT }),
    http1_safe_max_connection_duration: true,
    drain_timeout: '0.05s',
  },
  'jittered-age': {
    ...common({ max_connection_duration: UNIT, max_connection_duration_jitter: { value: 5 } }),
    drain_timeout: '0.05s',
    drain_timeout_jitter: { value: 5 },
  },
  head: { request_headers_timeout: UNIT },
  request: { request_timeout: UNIT },
  'head-and-request': { request_headers_timeout: UNIT, request_timeout: `${(2 * UNIT_MS) / 1000}s` },
  stream: { stream_idle_timeout: UNIT },
  duration: common({ max_stream_duration: UNIT }),
  flush: { stream_idle_timeout: '30s', stream_flush_timeout: UNIT },
}

const ROUTES = [
  routeTo('app', '/idle', { idle_timeout: UNIT }),
  routeTo('app', '/no-idle', { idle_timeout: '0s', timeout: '0s' }),
  routeTo('app', '/duration', { max_stream_duration: { max_stream_duration: UNIT } }),
  routeTo('app', '/no-duration', { timeout: '0s', max_stream_duration: { max_stream_duration: '0s' } }),
  routeTo('app', '/grpc', {
    max_stream_duration: { grpc_timeout_header_max: '10s', grpc_timeout_header_offset: '0s' },
  }),
  routeTo('app', '/grpc-limit', { max_stream_duration: { grpc_timeout_header_max: UNIT } }),
  routeTo('app', '/timeout', { timeout: UNIT }),
  routeTo('app', '/flush', { flush_timeout: UNIT }),
  routeTo('app', '/', { timeout: '0s' }),
]

interface Script {
  readonly manager: string
  /** Sent one after the other; a number is a pause in units. */
  readonly steps: readonly (string | number)[]
  /** How long to look on afterwards, in units; default 3. */
  readonly units?: number
}

const get = (path = '/', order = 'ok', more = ''): string =>
  `GET ${path} HTTP/1.1\r\nhost: a\r\nx-do: ${order}\r\n${more}\r\n`
const post = (path = '/', order = 'ok', more = ''): string =>
  `POST ${path} HTTP/1.1\r\nhost: a\r\nx-do: ${order}\r\ncontent-length: 4\r\n${more}\r\nab`
const HALF = 'send=HTTP/1.1 200 OK\\r\\ncontent-length: 4\\r\\n\\r\\nab'
const gRPC = 'content-type: application/grpc\r\n'

const SCRIPTS: Readonly<Record<string, Script>> = {
  'nothing sent': { manager: 'idle', steps: [] },
  'nothing sent, no idle timeout': { manager: 'no-idle', steps: [] },
  'idle after a request': { manager: 'idle', steps: [get()] },
  'idle between requests': { manager: 'idle', steps: [get(), 0.5, get()], units: 2 },
  'busy and not idle': { manager: 'idle', steps: [get('/', 'sleep=1500;ok')], units: 4 },
  'half a head and idle': { manager: 'idle', steps: ['GET / HTTP/1.1\r\nho'] },
  'too old while idle': { manager: 'age', steps: [get()] },
  'too old while busy': { manager: 'age', steps: [get('/', 'sleep=1400;ok')] },
  'too old, nothing sent': { manager: 'age', steps: [] },
  'too old while idle, safely': { manager: 'safe-age', steps: [get(), 1.5, get()] },
  'too old while busy, safely': { manager: 'safe-age', steps: [get('/', 'sleep=1400;ok')] },
  'too old, nothing sent, safely': { manager: 'safe-age', steps: [] },
  'too old with jitter': { manager: 'jittered-age', steps: [get()] },
  'no head': { manager: 'head', steps: [] },
  'half a head': { manager: 'head', steps: ['GET / HTTP/1.1\r\n'] },
  'half a head later': { manager: 'head', steps: [get(), 0.5, 'GET / HTTP/1.1\r\n'] },
  'half a head in pieces': { manager: 'head', steps: ['GET / HTTP/1.1\r\n', 0.5, 'host: a\r\n'] },
  'head, no body': { manager: 'head', steps: [post()] },
  'half a body': { manager: 'request', steps: [post()] },
  'half a body in pieces': { manager: 'request', steps: [post(), 0.5, 'c'] },
  'half a head, request timeout': { manager: 'request', steps: ['GET / HTTP/1.1\r\n'] },
  'slow response, request timeout': { manager: 'request', steps: [get('/', 'sleep=1400;ok')] },
  'early response, request timeout': {
    manager: 'request',
    steps: [post('/', 'now;send=HTTP/1.1 200 OK\\r\\ncontent-length: 2\\r\\n\\r\\na;hang')],
  },
  'head and request timeout': { manager: 'head-and-request', steps: [post()] },
  'idle stream, half a body': { manager: 'stream', steps: [post()] },
  'idle stream, body in pieces': { manager: 'stream', steps: [post(), 0.5, 'c'] },
  'idle stream, no response': { manager: 'stream', steps: [get('/', 'hang')] },
  'idle stream, half a response': { manager: 'stream', steps: [get('/', `${HALF};hang`)] },
  'idle stream, early half of a response': { manager: 'stream', steps: [post('/', `now;${HALF};hang`)] },
  'idle stream, half a head': { manager: 'stream', steps: ['GET / HTTP/1.1\r\n'] },
  'idle stream, shorter route': { manager: 'plain', steps: [get('/idle', 'hang')] },
  'idle stream, none of the route': { manager: 'stream', steps: [get('/no-idle', 'sleep=1400;ok')] },
  'idle stream, gRPC': { manager: 'stream', steps: [get('/', 'hang', gRPC)] },
  'duration, no response': { manager: 'duration', steps: [get('/', 'hang')] },
  'duration, half a response': { manager: 'duration', steps: [get('/', `${HALF};hang`)] },
  'duration, half a body': { manager: 'duration', steps: [post()] },
  'duration of a route': { manager: 'plain', steps: [get('/duration', 'hang')] },
  'duration of a route, half a response': { manager: 'plain', steps: [get('/duration', `${HALF};hang`)] },
  'duration, none of the route': { manager: 'duration', steps: [get('/no-duration', 'sleep=1400;ok')] },
  'grpc-timeout': { manager: 'plain', steps: [get('/grpc', 'hang', `${gRPC}grpc-timeout: ${UNIT_MS}m\r\n`)] },
  'grpc-timeout, limited': { manager: 'plain', steps: [get('/grpc-limit', 'hang', `${gRPC}grpc-timeout: 9S\r\n`)] },
  'timeout of a route, half a response': { manager: 'plain', steps: [get('/timeout', `${HALF};hang`)] },
  'timeout of a route, half a body': { manager: 'plain', steps: [post('/timeout'), 1.5, 'cd'] },
}

async function play(side: Side, name: string, { manager, steps, units = 3 }: Script): Promise<void> {
  using client = await side.connect(manager)
  const began = performance.now()
  for (const step of steps) {
    if (typeof step === 'string') client.write(step)
    else await Bun.sleep(step * UNIT_MS)
  }
  const limit = units * UNIT_MS + 350
  const ended = await client.closed(limit - (performance.now() - began)).then(
    () => (performance.now() - began) / UNIT_MS,
    () => undefined,
  )
  // Half a unit early is as bad as half a unit late.
  const when = ended === undefined ? 'open' : `closed in unit ${Math.floor(ended + 0.3)}`
  side.note(name, [masked(client.received(), side.places), when])
}

const LOG =
  '%REQ(X-CASE)% %REQ(:PATH)% %RESPONSE_CODE% %RESPONSE_FLAGS% %RESPONSE_CODE_DETAILS% %BYTES_RECEIVED% %BYTES_SENT% ' +
  '%CONNECTION_TERMINATION_DETAILS% %DOWNSTREAM_LOCAL_CLOSE_REASON%'

differential('timers of connection managers', {
  faulty: ['app'],
  bootstrap: (port) => ({
    static_resources: {
      listeners: Object.entries(MANAGERS).map(([name, manager]) =>
        httpListener(name, {
          statPrefix: name,
          routes: ROUTES,
          extra: {
            access_log: [fileLog(`${name}.log`, textFormat(LOG))],
            delayed_close_timeout: '0.05s',
            ...manager,
          },
        }),
      ),
      clusters: [staticCluster('app', [port('app')])],
    },
  }),
  stats:
    /^http\.(?!admin)[^.]+\.downstream_(?:rq_.*timeout|rq_max|cx_max|cx_drain|cx_idle|cx_destroy_remote|rq_.x_reset)|^cluster\.app\.upstream_rq_(?:timeout|max|rx|tx)/,
  traffic: async (side) => {
    for (const name of Object.keys(MANAGERS)) await side.exchange(name, get())
    await Promise.all(Object.entries(SCRIPTS).map(([name, script]) => play(side, name, script)))
    for (const name of Object.keys(MANAGERS)) {
      await Bun.sleep(60)
      side.note(`${name}.log`, [...(await side.logLines(`${name}.log`, 1))].toSorted())
    }
  },
})
