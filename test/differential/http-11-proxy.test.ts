/* Hosts behind HTTP/1.1 proxies: who names the proxy, what it is asked, and what becomes of its answer. */
import { httpListener, routeTo, staticCluster } from '../support/configs.ts'
import type { RawServer } from '../support/raw-client.ts'
import { rawServer } from '../support/raw-client.ts'
import { differential } from './support/differential.ts'
import { fileLog, textFormat } from '../support/file-log.ts'
import type { Side } from './support/side.ts'

const TYPES = 'type.googleapis.com/envoy.extensions'
const RAW = { name: 'raw', typed_config: { '@type': `${TYPES}.transport_sockets.raw_buffer.v3.RawBuffer` } }
const METADATA = 'envoy.http11_proxy_transport_socket.proxy_address'
const STATE = 'envoy.network.transport_socket.http_11_proxy.info'
const ADDRESS = 'type.googleapis.com/envoy.config.core.v3.Address'
const LOG =
  '%RESPONSE_CODE% %RESPONSE_FLAGS% %RESPONSE_CODE_DETAILS% %UPSTREAM_HOST% %UPSTREAM_TRANSPORT_FAILURE_REASON%'

const address = (port: number): object => ({ socket_address: { address: '127.0.0.1', port_value: port } })
const names = (port: number): object => ({
  metadata: { typed_filter_metadata: { [METADATA]: { '@type': ADDRESS, ...address(port) } } },
})
const odd = {
  metadata: {
    typed_filter_metadata: { [METADATA]: { '@type': 'type.googleapis.com/google.protobuf.StringValue', value: 'x' } },
  },
}

interface ProxyCase {
  readonly socket?: object
  readonly endpoint?: object
  readonly locality?: object
  readonly hostname?: string
  /** Left in filter state. */
  readonly state?: string
  readonly cluster?: object
}

type Ports = (name: string) => number

const check = { timeout: '1s', interval: '60s', unhealthy_threshold: 1, healthy_threshold: 1 }

const CASES: Readonly<Record<string, (port: Ports) => ProxyCase>> = {
  none: () => ({}),
  default: (port) => ({ socket: { default_proxy_address: address(port('proxy')) } }),
  endpoint: (port) => ({ endpoint: names(port('proxy')) }),
  both: (port) => ({ socket: { default_proxy_address: address(1) }, endpoint: names(port('proxy')) }),
  hostname: (port) => ({ hostname: 'name.test', endpoint: names(port('proxy')) }),
  locality: (port) => ({ locality: names(port('proxy')) }),
  odd: () => ({ endpoint: odd }),
  state: (port) => ({ state: `tgt.test:443,127.0.0.1:${port('proxy')}` }),
  state_default: (port) => ({
    socket: { default_proxy_address: address(1) },
    state: `tgt.test,127.0.0.1:${port('proxy')}`,
  }),
  state_odd: () => ({ state: 'nonsense' }),
  state_name: () => ({ state: 'a:1,name:80' }),
  no_inner: (port) => ({ socket: { transport_socket: undefined, default_proxy_address: address(port('proxy')) } }),
  dead: () => ({ socket: { default_proxy_address: address(1) } }),
  checked: (port) => ({
    socket: { default_proxy_address: address(port('proxy')) },
    cluster: { health_checks: [{ ...check, http_health_check: { path: '/hc' } }] },
  }),
}

const caseNames = Object.keys(CASES)

function filters(state: string | undefined): object[] {
  if (state === undefined) return []
  const value = { object_key: STATE, format_string: { text_format_source: { inline_string: state } } }
  const type = `${TYPES}.filters.network.set_filter_state.v3.Config`
  return [
    {
      name: 'envoy.filters.network.set_filter_state',
      typed_config: { '@type': type, on_new_connection: [{ ...value, shared_with_upstream: 'ONCE' }] },
    },
  ]
}

function listenersOf(name: string, { state }: ProxyCase): object[] {
  const listener = httpListener(name, {
    statPrefix: name,
    routes: [routeTo(name)],
    extra: { access_log: [fileLog(`${name}.log`, textFormat(LOG))] },
  }) as { filter_chains: { filters: object[] }[] }
  for (const chain of listener.filter_chains) chain.filters.unshift(...filters(state))
  const tcp = {
    '@type': `${TYPES}.filters.network.tcp_proxy.v3.TcpProxy`,
    stat_prefix: name,
    cluster: name,
    access_log: [fileLog(`tcp-${name}.log`, textFormat(LOG))],
  }
  return [
    listener,
    {
      name: `tcp-${name}`,
      address: { socket_address: { address: '127.0.0.1', port_value: 0 } },
      filter_chains: [{ filters: [...filters(state), { name: 'envoy.filters.network.tcp_proxy', typed_config: tcp }] }],
    },
  ]
}

function clusterOf(name: string, port: number, { socket, endpoint, locality, hostname, cluster }: ProxyCase): object {
  const type = `${TYPES}.transport_sockets.http_11_proxy.v3.Http11ProxyUpstreamTransport`
  const transport_socket = { name: 'proxy', typed_config: { '@type': type, transport_socket: RAW, ...socket } }
  const lb_endpoints = [{ endpoint: { ...(hostname && { hostname }), address: address(port) }, ...endpoint }]
  return {
    ...staticCluster(name, []),
    transport_socket,
    load_assignment: { cluster_name: name, endpoints: [{ ...locality, lb_endpoints }] },
    ...cluster,
  }
}

async function exchange(side: Side, listener: string, line: string): Promise<void> {
  using client = await side.connect(listener)
  client.write(`GET /${line}?q HTTP/1.1\r\nhost: a.test\r\n\r\n`)
  await client.closed(450).catch(() => undefined)
  side.note(`${listener} reply`, client.received().replace(/(?:date|x-envoy-upstream-service-time): .*\r\n/g, ''))
  client.end()
}

const varying = /^(?:x-request-id|x-envoy-expected-rq-timeout-ms): .*\r\n/gm

differential('hosts behind HTTP/1.1 proxies', {
  faulty: ['app', 'proxy'],
  bootstrap: (port) => ({
    static_resources: {
      listeners: caseNames.flatMap((name) => listenersOf(name, CASES[name]!(port))),
      clusters: caseNames.map((name) => clusterOf(name, port('app'), CASES[name]!(port))),
    },
  }),
  traffic: async (side) => {
    for (const name of caseNames) {
      await exchange(side, name, name)
      await exchange(side, `tcp-${name}`, name)
      await side.noteLog(`${name}.log`, 1)
      await side.noteLog(`tcp-${name}.log`, 1)
    }
    for (const backend of ['app', 'proxy']) {
      side.note(
        `received by ${backend}`,
        side
          .receivedBy(backend)
          .map((text) => text.replaceAll(varying, '').replaceAll(/name\.test:\d+/g, 'name.test:<port>')),
      )
    }
  },
})

/** What proxies answer CONNECT with, in pieces; then they are the host. */
const ANSWERS: Readonly<Record<string, readonly string[]>> = {
  fine: ['HTTP/1.1 200 OK\r\n\r\n'],
  pieces: ['HTTP/1.1 200 Conn', 'ection established\r\nx-a: b\r', '\n\r\n'],
  old: ['HTTP/1.0 200 OK\r\ncontent-length: 0\r\n\r\n'],
  created: ['HTTP/1.1 201 OK\r\n\r\n'],
  forbidden: ['HTTP/1.1 403 Forbidden\r\ncontent-length: 2\r\n\r\nno'],
  long: [`HTTP/1.1 200 OK\r\nx-a: ${'y'.repeat(3000)}\r\n\r\n`],
  slow: ['sleep', 'HTTP/1.1 200 OK\r\n\r\n'],
}

const answers = Object.keys(ANSWERS)
let proxies: readonly RawServer[] = []

async function answeringProxy(pieces: readonly string[]): Promise<RawServer> {
  return rawServer((socket, all) => {
    const served = all.split('\r\n\r\n').length - 1
    if (served > 1) return void socket.write('HTTP/1.1 200 OK\r\ncontent-length: 3\r\n\r\nok\n')
    if (all.endsWith('\r\n\r\n')) void answer(socket, pieces)
  })
}

async function answer(socket: { write(text: string): unknown }, pieces: readonly string[]): Promise<void> {
  for (const piece of pieces) {
    if (piece === 'sleep') await Bun.sleep(150)
    else socket.write(piece)
    await Bun.sleep(10)
  }
}

differential('what HTTP/1.1 proxies answer', {
  before: async () => void (proxies = await Promise.all(answers.map((name) => answeringProxy(ANSWERS[name]!)))),
  bootstrap: () => ({
    static_resources: {
      listeners: answers.flatMap((name) => listenersOf(name, {})),
      clusters: answers.map((name, i) =>
        clusterOf(name, 9, { endpoint: names(proxies[i]!.port), cluster: { connect_timeout: '0.1s' } }),
      ),
    },
  }),
  traffic: async (side) => {
    for (const name of answers) {
      await exchange(side, name, name)
      await exchange(side, `tcp-${name}`, name)
      await side.noteLog(`${name}.log`, 1)
      await side.noteLog(`tcp-${name}.log`, 1)
    }
  },
  stats: /^cluster\..*upstream_(?:cx|rq)_(?!.*bytes)/,
  // Which end closes first where the answer is wrong.
  volatile: /destroy_(?:local|remote)|circuit|length_ms/,
})
