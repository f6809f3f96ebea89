/* CONNECT and upgrades from end to end: forwarded, ended here, by what kind of end, with timeouts, filters, logs and stats. */
import { httpListener, staticCluster } from '../support/configs.ts'
import type { RawClient } from '../support/raw-client.ts'
import { differential } from './support/differential.ts'
import { filterEntry } from './support/filter-case.ts'
import { fileLog, textFormat } from '../support/file-log.ts'
import type { Side } from './support/side.ts'

interface Flow {
  /** Default: a WebSocket. */
  readonly kind?: 'forward' | 'terminate' | 'post' | 'websocket' | 'other'
  readonly script: string
  /** Of the request, besides what `kind` says. */
  readonly headers?: readonly string[]
  readonly route?: object
  readonly client?: (client: RawClient) => Promise<void> | void
}

const ACCEPT = 'send=HTTP/1.1 101 Switching Protocols\\r\\nconnection: upgrade\\r\\nupgrade: websocket\\r\\n\\r\\n'
const OK = 'send=HTTP/1.1 200 OK\\r\\n\\r\\n'
const wait = (ms: number): Promise<void> => Bun.sleep(ms)

const talks = async (client: RawClient): Promise<void> => {
  await wait(80)
  client.write('more')
}
const ends = async (client: RawClient): Promise<void> => {
  await wait(80)
  client.write('last')
  client.end()
}
const leaves = async (client: RawClient): Promise<void> => {
  await wait(80)
  client.destroy()
}

/** For each way to be a tunnel: how it opens, then how it ends. */
function endsOf(kind: NonNullable<Flow['kind']>, accept: string): Record<string, Flow> {
  const open = accept === '' ? '' : `${accept};`
  const names: Record<string, Flow> = {
    'both talk, the upstream ends': { script: `now;${open}send=hello;sleep=200;send=bye;fin`, client: talks },
    'the upstream resets': { script: `now;${open}send=hello;sleep=200;reset`, client: talks },
    'the client ends': { script: `now;${open}send=hello;sleep=300;send=late;sleep=50;fin`, client: ends },
    'the client leaves': { script: `now;${open}send=hello;hang`, client: leaves },
    'nobody talks': { script: `now;${open}hang`, route: { idle_timeout: '0.3s' } },
    'longer than the timeout of the route': {
      script: `now;${open}send=hello;sleep=300;send=bye;fin`,
      route: { timeout: '0.1s' },
    },
    'longer than a stream may last': {
      script: `now;${open}send=hello;sleep=500;send=bye;fin`,
      route: { max_stream_duration: { max_stream_duration: '0.2s' } },
    },
  }
  return Object.fromEntries(Object.entries(names).map(([name, flow]) => [`${kind}: ${name}`, { ...flow, kind }]))
}

const FLOWS: Readonly<Record<string, Flow>> = {
  ...endsOf('websocket', ACCEPT),
  ...endsOf('forward', OK),
  ...endsOf('terminate', ''),
  ...endsOf('post', ''),
  'forward: refused': {
    kind: 'forward',
    script: 'send=HTTP/1.1 403 No\\r\\ncontent-length: 2\\r\\n\\r\\nno',
    client: talks,
  },
  'forward: refused and closed': {
    kind: 'forward',
    script: 'send=HTTP/1.1 407 No\\r\\nproxy-authenticate: x\\r\\n\\r\\nno;fin',
  },
  'forward: 201': {
    kind: 'forward',
    script: 'send=HTTP/1.1 201 OK\\r\\ncontent-length: 2\\r\\n\\r\\nhi;sleep=150;fin',
    client: talks,
  },
  'forward: 204': { kind: 'forward', script: 'send=HTTP/1.1 204 OK\\r\\n\\r\\nhi;sleep=150;fin', client: talks },
  'forward: chunked, it says': {
    kind: 'forward',
    script: 'send=HTTP/1.1 200 OK\\r\\ntransfer-encoding: chunked\\r\\n\\r\\nhi;sleep=150;fin',
    client: talks,
  },
  'forward: with a length': {
    kind: 'forward',
    script: 'send=HTTP/1.1 200 OK\\r\\ncontent-length: 2\\r\\n\\r\\nhi and more;sleep=150;fin',
    client: talks,
  },
  'forward: no answer': { kind: 'forward', script: 'fin' },
  'forward: reset': { kind: 'forward', script: 'reset' },
  'forward: retried': {
    kind: 'forward',
    script: `once;send=HTTP/1.1 503 No\\r\\ncontent-length: 0\\r\\n\\r\\n`,
    route: { retry_policy: { retry_on: '5xx', num_retries: 1 } },
  },
  'forward: too slow': { kind: 'forward', script: 'hang', route: { timeout: '0.2s' } },
  'forward: with a body': {
    kind: 'forward',
    script: `${OK};sleep=150;fin`,
    headers: ['content-length: 5'],
    client: talks,
  },
  'websocket: refused': { script: 'send=HTTP/1.1 403 No\\r\\ncontent-length: 2\\r\\n\\r\\nno', client: talks },
  'websocket: redirected': { script: 'send=HTTP/1.1 302 No\\r\\nlocation: /x\\r\\ncontent-length: 0\\r\\n\\r\\n' },
  'websocket: answered': { script: 'send=HTTP/1.1 200 OK\\r\\ncontent-length: 2\\r\\n\\r\\nok' },
  'websocket: no answer': { script: 'fin' },
  'websocket: reset': { script: 'reset' },
  'websocket: another protocol': {
    script: 'send=HTTP/1.1 101 Sw\\r\\nconnection: upgrade\\r\\nupgrade: other\\r\\n\\r\\n;sleep=100;fin',
  },
  'websocket: told more': {
    script:
      'send=HTTP/1.1 101 Sw\\r\\nConnection: Upgrade, x\\r\\nUpgrade: WebSocket\\r\\nsec-websocket-accept: y\\r\\ncontent-length: 0\\r\\n\\r\\nhi;sleep=150;fin',
    client: talks,
  },
  'websocket: bytes that do not wait': {
    script: `${ACCEPT};sleep=150;fin`,
    headers: ['sec-websocket-key: k'],
    client: talks,
  },
  'websocket: too slow': { script: 'hang', route: { timeout: '0.2s' } },
  'websocket: off': { script: ACCEPT, route: { upgrade_configs: [{ upgrade_type: 'websocket', enabled: false }] } },
  'websocket: retried': {
    script: 'once;send=HTTP/1.1 503 No\\r\\ncontent-length: 0\\r\\n\\r\\n',
    route: { retry_policy: { retry_on: '5xx', num_retries: 1 } },
  },
  'other: off': { kind: 'other', script: ACCEPT },
  'other: on by the route': {
    kind: 'other',
    script: 'send=HTTP/1.1 101 Sw\\r\\nconnection: upgrade\\r\\nupgrade: other\\r\\n\\r\\nhi;sleep=150;fin',
    route: { upgrade_configs: [{ upgrade_type: 'OTHER' }] },
    client: talks,
  },
}

const flows = Object.keys(FLOWS).map((name, i) => [`f${i}`, name, FLOWS[name]!] as const)

function routeOf(id: string, { kind = 'websocket', route }: Flow): object {
  const connect = kind === 'forward' || kind === 'terminate'
  const upgrade_configs = [
    ...(kind === 'forward' ? [{ upgrade_type: 'CONNECT' }] : []),
    ...(kind === 'terminate' ? [{ upgrade_type: 'CONNECT', connect_config: {} }] : []),
    ...(kind === 'post' ? [{ upgrade_type: 'CONNECT', connect_config: { allow_post: true } }] : []),
  ]
  return {
    name: id,
    match: {
      ...(connect ? { connect_matcher: {} } : { prefix: '/' }),
      headers: [{ name: 'x-flow', string_match: { exact: id } }],
    },
    route: { cluster: id, ...(upgrade_configs.length > 0 && { upgrade_configs }), ...route },
  }
}

function requestOf(id: string, { kind = 'websocket', script, headers = [] }: Flow): string {
  const lines = [`x-flow: ${id}`, `x-once: ${id}`, `x-do: ${script}`, ...headers]
  const upgrade = (to: string): string[] => ['connection: upgrade', `upgrade: ${to}`, ...lines]
  const request: Readonly<Record<NonNullable<Flow['kind']>, readonly string[]>> = {
    forward: ['CONNECT a.test:443 HTTP/1.1', 'host: a.test:443', ...lines],
    terminate: ['CONNECT a.test:443 HTTP/1.1', 'host: a.test:443', ...lines],
    post: ['POST /x HTTP/1.1', 'host: a.test', 'transfer-encoding: chunked', ...lines],
    websocket: ['GET /x HTTP/1.1', 'host: a.test', ...upgrade('websocket')],
    other: ['GET /x HTTP/1.1', 'host: a.test', ...upgrade('other')],
  }
  const head = `${request[kind].join('\r\n')}\r\n\r\n`
  // What ends here is for the upstream to read.
  if (kind === 'terminate') return `${head}TCP\r\nx-do: ${script}\r\n\r\n`
  const inner = `TCP\r\nx-do: ${script}\r\n\r\n`
  return kind === 'post' ? `${head}${inner.length.toString(16)}\r\n${inner}\r\n` : head
}

const LOG =
  '%ROUTE_NAME% %REQ(:METHOD)% %PROTOCOL% %RESPONSE_CODE% %RESPONSE_FLAGS% %RESPONSE_CODE_DETAILS% rx=%BYTES_RECEIVED% ' +
  'tx=%BYTES_SENT% attempts=%UPSTREAM_REQUEST_ATTEMPT_COUNT% upgrade=%REQ(UPGRADE)%>%RESP(UPGRADE)% ' +
  'up-tx=%UPSTREAM_WIRE_BYTES_SENT% up-rx=%UPSTREAM_WIRE_BYTES_RECEIVED% down=%DOWNSTREAM_DETECTED_CLOSE_TYPE% ' +
  'termination=%CONNECTION_TERMINATION_DETAILS%'

async function run(side: Side, id: string, name: string, flow: Flow): Promise<void> {
  using client = await side.connect('front')
  client.write(requestOf(id, flow))
  await flow.client?.(client)
  const closed = await client.closed(900).then(
    () => 'closed',
    () => 'open',
  )
  const text = client.received().replaceAll(/(?:date|x-envoy-upstream-service-time): .*\r\n/g, '')
  side.note(name, [text, closed])
  client.destroy()
  await wait(30)
}

differential('flows of tunnels', {
  faulty: ['app'],
  bootstrap: (port) => ({
    static_resources: {
      listeners: [
        httpListener('front', {
          routes: flows.map(([id, , flow]) => routeOf(id, flow)),
          extra: {
            delayed_close_timeout: '0.1s',
            upgrade_configs: [
              { upgrade_type: 'websocket' },
              { upgrade_type: 'CONNECT' },
              { upgrade_type: 'other', enabled: false },
            ],
            access_log: [fileLog('access.log', textFormat(LOG))],
          },
        }),
      ],
      clusters: flows.map(([id, name]) =>
        staticCluster(id, [port('app')], { alt_stat_name: `${id}_${name.replaceAll(/[^a-z0-9]+/g, '_')}` }),
      ),
    },
  }),
  traffic: async (side) => {
    for (const [id, name, flow] of flows) await run(side, id, name, flow)
    const lines = await side.logLines('access.log', flows.length)
    for (const [id, name] of flows)
      side.note(
        `${name}: log`,
        lines.filter((line) => line.startsWith(`${id} `)),
      )
    side.note(
      'other lines',
      lines.filter((line) => !/^f\d+ /.test(line)),
    )
    side.note(
      'received',
      side.receivedBy('app').map((text) => text.replaceAll(/^x-(?:request-id|envoy-exp.*): .*\r\n/gm, '')),
    )
  },
  stats: /^cluster\.f\d+.*upstream_(?:cx|rq)|^http\.ingress\.(?:downstream_(?:rq|cx)|rq_)/,
  volatile: /bytes_(?:total|buffered)|circuit|length_ms|_rq_time|connect_ms/,
})

/** A filter chain of its own for one kind of upgrade, and none for another. */
const mark = (value: string): object =>
  filterEntry('header_mutation', 'header_mutation.v3.HeaderMutation', {
    mutations: {
      request_mutations: [{ append: { header: { key: 'x-chain', value } } }],
      response_mutations: [{ append: { header: { key: 'x-chain', value } } }],
    },
  })
const ROUTER = filterEntry('router', 'router.v3.Router')

differential('filters of upgrades', {
  faulty: ['app'],
  bootstrap: (port) => ({
    static_resources: {
      listeners: [
        httpListener('front', {
          routes: [
            {
              match: { connect_matcher: {} },
              route: { cluster: 'app', upgrade_configs: [{ upgrade_type: 'CONNECT', connect_config: {} }] },
            },
            { match: { prefix: '/' }, route: { cluster: 'app' } },
          ],
          extra: {
            http_filters: [mark('ordinary'), ROUTER],
            upgrade_configs: [
              { upgrade_type: 'websocket', filters: [mark('websocket'), mark('again'), ROUTER] },
              { upgrade_type: 'CONNECT', filters: [ROUTER] },
              { upgrade_type: 'plain' },
            ],
          },
        }),
      ],
      clusters: [staticCluster('app', [port('app')])],
    },
  }),
  traffic: async (side) => {
    for (const to of ['websocket', 'WebSocket', 'plain', 'unknown']) {
      using client = await side.connect('front')
      const accept = `send=HTTP/1.1 101 Sw\\r\\nconnection: upgrade\\r\\nupgrade: ${to}\\r\\n\\r\\n;sleep=50;fin`
      client.write(`GET / HTTP/1.1\r\nhost: a\r\nconnection: upgrade\r\nupgrade: ${to}\r\nx-do: ${accept}\r\n\r\n`)
      await client.closed(1500).catch(() => undefined)
      side.note(to, client.received().replace(/(?:date|x-envoy-upstream-service-time): .*\r\n/g, ''))
    }
    await side.request('no upgrade', 'front', 'GET /')
    await side.send(
      'CONNECT',
      'front',
      'CONNECT a:1 HTTP/1.1\r\nhost: a:1\r\n\r\nTCP\r\nx-do: send=hi;fin\r\n\r\n',
      true,
    )
    side.note(
      'received',
      side.receivedBy('app').map((text) => text.replaceAll(/^x-(?:request-id|envoy-exp.*): .*\r\n/gm, '')),
    )
  },
  stats: /^http\.ingress\.downstream_(?:cx_upgrades|rq)/,
  volatile: /time/,
})
