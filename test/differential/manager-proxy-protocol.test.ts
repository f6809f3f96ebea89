/* What a connection manager makes of a PROXY protocol header: x-forwarded-proto by ports, and what hosts are told of clients. */
import { httpListener, routeTo, staticCluster } from '../support/configs.ts'
import { differential } from './support/differential.ts'
import { fileLog, textFormat } from '../support/file-log.ts'
import type { Side } from './support/side.ts'

const EXTENSIONS = 'type.googleapis.com/envoy.extensions'
const LISTENER_FILTER = {
  name: 'envoy.filters.listener.proxy_protocol',
  typed_config: {
    '@type': `${EXTENSIONS}.filters.listener.proxy_protocol.v3.ProxyProtocol`,
    allow_requests_without_proxy_protocol: true,
  },
}

function telling(version: string, port: number): object {
  const inner = { name: 'raw', typed_config: { '@type': `${EXTENSIONS}.transport_sockets.raw_buffer.v3.RawBuffer` } }
  return staticCluster(version, [port], {
    // Whether a connection is free again when the next client comes is luck.
    max_requests_per_connection: 1,
    transport_socket: {
      name: 'proxy',
      typed_config: {
        '@type': `${EXTENSIONS}.transport_sockets.proxy_protocol.v3.ProxyProtocolUpstreamTransport`,
        config: { version },
        transport_socket: inner,
      },
    },
  })
}

const ports = { https_destination_ports: [443, 444], http_destination_ports: [80, 444] }
const MANAGERS: Readonly<Record<string, object>> = {
  ordinary: {},
  hiding: { add_proxy_protocol_connection_state: false },
  edge: { use_remote_address: true },
  'hiding-edge': { use_remote_address: true, add_proxy_protocol_connection_state: false },
  ports: { forward_proto_config: ports },
  'ports-edge': { use_remote_address: true, forward_proto_config: ports },
  'ports-hops': { use_remote_address: true, xff_num_trusted_hops: 1, forward_proto_config: ports },
  'ports-scheme': { forward_proto_config: ports, scheme_header_transformation: { scheme_to_overwrite: 'https' } },
}

const proxied = (port: number): string => `PROXY TCP4 1.2.3.4 5.6.7.8 1111 ${port}\r\n`
const FRONTS = ['', proxied(443), proxied(80), proxied(444), proxied(81)]
const PATHS = ['/V1', '/V2', '/app']
const HEADERS = ['', 'x-forwarded-for: 9.9.9.9\r\n', 'x-forwarded-proto: https\r\n', 'x-forwarded-proto: ftp\r\n']
const LOG = textFormat(
  '%REQ(:PATH)% %REQ(X-FORWARDED-PROTO)% %REQ(:SCHEME)% %REQ(X-FORWARDED-PORT)% ' +
    '%FILTER_STATE(envoy.network.proxy_protocol_options)% %FILTER_STATE(envoy.network.proxy_protocol_options:PLAIN)%',
)

/** Without ports that the kernel chose, and what else differs from run to run. */
function readable(bytes: string): string {
  return Buffer.from(bytes, 'latin1')
    .toString('latin1')
    .replace(/127\.0\.0\.1 127\.0\.0\.1 \d+ \d+/g, '<ports>')
    .replace(/[^\r\n -~]/g, (byte) => `<${byte.charCodeAt(0).toString(16)}>`)
    .replace(/(?:<7f><0><0>(?:<1>)){2}[^]*?GET/g, '<own addresses>GET')
    .replace(/x-envoy-expected-rq-timeout-ms: \d+\r\n/g, '')
}

async function traffic(side: Side): Promise<void> {
  let requests = 0
  for (const name of Object.keys(MANAGERS)) {
    for (const front of FRONTS) {
      for (const path of PATHS) {
        for (const header of HEADERS) {
          using client = await side.connect(name)
          client.write(`${front}GET ${path} HTTP/1.1\r\nhost: a\r\nconnection: close\r\n${header}\r\n`)
          await client.closed()
          requests++
        }
      }
    }
  }
  await side.noteLog('manager.log', requests, (line) => line.replace(/ \d{5} /, ' <port> '))
  side.note('hosts', side.receivedBy('app').map(readable))
}

differential('connection managers behind the PROXY protocol', {
  faulty: ['app'],
  bootstrap: (port) => ({
    static_resources: {
      listeners: Object.entries(MANAGERS).map(([name, manager]) => ({
        ...httpListener(name, {
          statPrefix: name,
          routes: [routeTo('V1', '/V1'), routeTo('V2', '/V2'), routeTo('app', '/')],
          extra: { ...manager, append_x_forwarded_port: true, access_log: [fileLog('manager.log', LOG)] },
        }),
        listener_filters: [LISTENER_FILTER],
      })),
      clusters: [staticCluster('app', [port('app')]), telling('V1', port('app')), telling('V2', port('app'))],
    },
  }),
  traffic,
})
