/* Settings of clusters that are about pools, where the TCP proxy uses them: all that is told of the cluster afterwards. */
import { staticCluster } from '../support/configs.ts'
import { differential } from './support/differential.ts'
import { fileLog, textFormat } from '../support/file-log.ts'
import type { Side } from './support/side.ts'

const TCP_PROXY = 'type.googleapis.com/envoy.extensions.filters.network.tcp_proxy.v3.TcpProxy'
const HTTP_OPTIONS = 'envoy.extensions.upstreams.http.v3.HttpProtocolOptions'
const TCP_OPTIONS = 'envoy.extensions.upstreams.tcp.v3.TcpProtocolOptions'
const LOG =
  '%UPSTREAM_CLUSTER% %RESPONSE_FLAGS% %BYTES_SENT% local=%UPSTREAM_LOCAL_CLOSE_REASON% ' +
  'termination=%CONNECTION_TERMINATION_DETAILS% closed=%DOWNSTREAM_LOCAL_CLOSE_REASON%'

const options = (type: string, settings: object): object => ({
  typed_extension_protocol_options: { [type]: { '@type': `type.googleapis.com/${type}`, ...settings } },
})
const common = (common_http_protocol_options: object): object =>
  options(HTTP_OPTIONS, { common_http_protocol_options, explicit_http_config: { http_protocol_options: {} } })

const CLUSTERS: Readonly<Record<string, object>> = {
  duration: common({ max_connection_duration: '0.3s' }),
  idle: common({ idle_timeout: '0.3s' }),
  one: common({ max_requests_per_connection: 1 }),
  two: common({ max_requests_per_connection: 2 }),
  stream: common({ max_stream_duration: '0.3s' }),
  'tcp-idle': options(TCP_OPTIONS, { idle_timeout: '0.3s' }),
  'per-downstream': { connection_pool_per_downstream_connection: true },
  tracked: {
    track_cluster_stats: { request_response_sizes: true, timeout_budgets: true, per_endpoint_stats: true },
  },
  checked: {
    health_checks: [
      { timeout: '5s', interval: '60s', unhealthy_threshold: 1, healthy_threshold: 1, tcp_health_check: {} },
    ],
  },
  high: { circuit_breakers: { thresholds: [{ priority: 'HIGH', max_connections: 1, track_remaining: true }] } },
}
const NAMES = Object.keys(CLUSTERS)

/** A connection that lasts beyond all limits, and one that its host ends. */
async function twoConnections(side: Side, name: string): Promise<void> {
  {
    using lasting = await side.connect(name)
    lasting.write('GET / HTTP/1.1\r\n\r\n')
    await lasting.until(/ok\n$/)
    await Bun.sleep(600)
    lasting.write('GET / HTTP/1.1\r\n\r\n')
    await Bun.sleep(100)
    side.note(`${name}, lasting`, lasting.received())
  }
  await Bun.sleep(100)
  using ended = await side.connect(name)
  ended.write('GET / HTTP/1.1\r\nx-do: ok;fin\r\n\r\n')
  await ended.closed(2000).catch(() => undefined)
  side.note(`${name}, ended`, ended.received())
}

differential('pools of the TCP proxy', {
  faulty: ['app'],
  bootstrap: (port) => ({
    static_resources: {
      listeners: NAMES.map((name) => ({
        name,
        address: { socket_address: { address: '127.0.0.1', port_value: 0 } },
        filter_chains: [
          {
            filters: [
              {
                name: 'tcp',
                typed_config: {
                  '@type': TCP_PROXY,
                  stat_prefix: name,
                  cluster: name,
                  access_log: [fileLog('tcp.log', textFormat(LOG))],
                },
              },
            ],
          },
        ],
      })),
      clusters: NAMES.map((name) => staticCluster(name, [port('app')], CLUSTERS[name])),
    },
  }),
  traffic: async (side) => {
    for (const name of NAMES) await twoConnections(side, name)
    await side.noteLog('tcp.log', 2 * NAMES.length)
    await side.noteAdmin('/clusters', (text) => text.split('\n').toSorted())
  },
  stats: /^cluster\./,
  volatile: /remaining_cx_pools/,
})
