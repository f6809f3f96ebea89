/* What the TCP proxy makes of upstreams that fail, one cluster and one listener for each fault. */
import { blackHole } from '../support/black-hole.ts'
import { staticCluster } from '../support/configs.ts'
import type { RawClient } from '../support/raw-client.ts'
import { differential } from './support/differential.ts'
import { fileLog, textFormat } from '../support/file-log.ts'
import type { Side } from './support/side.ts'

interface Fault {
  readonly script: string
  readonly proxy?: object
  readonly cluster?: object
  readonly port?: 'dead' | 'hole'
  /** What the client does besides sending the script. */
  readonly client?: 'ends' | 'leaves' | 'waits and ends'
}

const TCP_PROXY = 'type.googleapis.com/envoy.extensions.filters.network.tcp_proxy.v3.TcpProxy'
const LOG =
  '%RESPONSE_CODE% %RESPONSE_FLAGS% %RESPONSE_CODE_DETAILS% failure=%UPSTREAM_TRANSPORT_FAILURE_REASON% ' +
  'attempts=%UPSTREAM_REQUEST_ATTEMPT_COUNT% host=%UPSTREAM_HOST% hosts=%UPSTREAM_HOSTS_ATTEMPTED% ' +
  'remote=%UPSTREAM_REMOTE_ADDRESS% cluster=%UPSTREAM_CLUSTER% rx=%BYTES_RECEIVED% tx=%BYTES_SENT% ' +
  'up-tx=%UPSTREAM_WIRE_BYTES_SENT% up-rx=%UPSTREAM_WIRE_BYTES_RECEIVED% ' +
  'ended=%UPSTREAM_DETECTED_CLOSE_TYPE%,%UPSTREAM_LOCAL_CLOSE_REASON% ' +
  'down=%DOWNSTREAM_DETECTED_CLOSE_TYPE%,%DOWNSTREAM_LOCAL_CLOSE_REASON% termination=%CONNECTION_TERMINATION_DETAILS%'

const BACK_OFF = { backoff_options: { base_interval: '0.005s', max_interval: '0.01s' } }

const FAULTS: Readonly<Record<string, Fault>> = {
  'reply and leave': { script: 'send=hello', client: 'waits and ends' },
  reset: { script: 'reset' },
  fin: { script: 'fin' },
  'reset after data': { script: 'send=hello;sleep=50;reset' },
  'fin after data': { script: 'send=hello;fin' },
  'client ends first': { script: 'sleep=50;send=hello;fin', client: 'ends' },
  'client ends, reset': { script: 'sleep=80;reset', client: 'ends' },
  'client leaves': { script: 'hang', client: 'leaves' },
  refused: { script: 'ok', port: 'dead' },
  'refused three times': { script: 'ok', port: 'dead', proxy: { max_connect_attempts: 3 } },
  'refused with back-off': { script: 'ok', port: 'dead', proxy: { max_connect_attempts: 3, ...BACK_OFF } },
  timeout: { script: 'ok', port: 'hole', cluster: { connect_timeout: '0.1s' } },
  'timeout twice': {
    script: 'ok',
    port: 'hole',
    cluster: { connect_timeout: '0.1s' },
    proxy: { max_connect_attempts: 2 },
  },
  'client leaves while connecting': { script: 'ok', port: 'hole', client: 'leaves' },
  'client ends while connecting': { script: 'ok', port: 'hole', cluster: { connect_timeout: '0.3s' }, client: 'ends' },
  'no hosts': { script: 'ok', cluster: { load_assignment: { cluster_name: 'x' } } },
  'no connections': { script: 'ok', cluster: limits({ max_connections: 0 }) },
  'no pending requests': { script: 'ok', cluster: limits({ max_pending_requests: 0 }) },
  'no requests': { script: 'send=hello;fin', cluster: limits({ max_requests: 1 }) },
  'no pools': { script: 'send=hello;fin', cluster: limits({ max_connection_pools: 0 }) },
  'bind fails': {
    script: 'ok',
    port: 'dead',
    cluster: { upstream_bind_config: { source_address: { address: '192.0.2.1', port_value: 0 } } },
  },
  idle: { script: 'hang', proxy: { idle_timeout: '0.1s' } },
  duration: { script: 'hang', proxy: { max_downstream_connection_duration: '0.1s' } },
}

function limits(thresholds: object): object {
  return { circuit_breakers: { thresholds: [thresholds] } }
}

const names = Object.keys(FAULTS).map((name, i) => [`c${i}`, name, FAULTS[name]!] as const)

async function act(client: RawClient, fault: Fault): Promise<void> {
  client.write(`TCP\r\nx-do: ${fault.script}\r\n\r\n`)
  if (fault.client === 'leaves') {
    await Bun.sleep(100)
    return client.destroy()
  }
  if (fault.client === 'ends') client.end()
  if (fault.client === 'waits and ends') {
    await client.until('hello')
    client.end()
    return
  }
  await client.closed(3000).catch(() => undefined)
}

async function traffic(side: Side): Promise<void> {
  for (const [id, name, fault] of names) {
    using client = await side.connect(id)
    await act(client, fault)
    side.note(`${name}: reply`, client.received())
    if (fault.client !== 'leaves') client.end()
    await side.noteLog(`${id}.log`, 1)
  }
  side.note('received', side.receivedBy('app'))
}

let hole: { readonly port: number } | undefined = undefined

differential('faults of upstreams: TCP', {
  faulty: ['app'],
  before: async () => void (hole = await blackHole()),
  bootstrap: (port) => ({
    static_resources: {
      listeners: names.map(([id, , { proxy }]) => ({
        name: id,
        address: { socket_address: { address: '127.0.0.1', port_value: 0 } },
        filter_chains: [
          {
            filters: [
              {
                name: 'envoy.filters.network.tcp_proxy',
                typed_config: {
                  '@type': TCP_PROXY,
                  stat_prefix: id,
                  cluster: id,
                  access_log: [fileLog(`${id}.log`, textFormat(LOG))],
                  ...proxy,
                },
              },
            ],
          },
        ],
      })),
      clusters: names.map(([id, name, fault]) => {
        const to = fault.port === undefined ? port('app') : fault.port === 'dead' ? 1 : (hole?.port ?? 0)
        const alt_stat_name = `${id}_${name.replaceAll(/[^a-z]+/g, '_')}`
        return staticCluster(id, [to], { alt_stat_name, ...fault.cluster })
      }),
    },
  }),
  stats: /^cluster\.c\d+|^tcp\.c\d+/,
  volatile: /bytes_(?:total|buffered)/,
  traffic,
})
