/* Extensions of PROXY protocol headers towards hosts: of the socket, of endpoints, of clients, of the TCP proxy. */
import { httpListener, routeTo, staticCluster } from '../support/configs.ts'
import { differential } from './support/differential.ts'
import type { Side } from './support/side.ts'

const TYPES = 'type.googleapis.com/envoy.extensions'
const PER_HOST = 'type.googleapis.com/envoy.config.core.v3.PerHostConfig'
const RAW = { name: 'raw', typed_config: { '@type': `${TYPES}.transport_sockets.raw_buffer.v3.RawBuffer` } }
const LENGTH = 'content-length: 3'

const tlv = (type: number, text: string): object => ({ type, value: Buffer.from(text).toString('base64') })
const formatted = (type: number, text: string): object => ({
  type,
  format_string: { text_format_source: { inline_string: text } },
})

function socket(config: object): object {
  const type = `${TYPES}.transport_sockets.proxy_protocol.v3.ProxyProtocolUpstreamTransport`
  return { name: 'proxy', typed_config: { '@type': type, transport_socket: RAW, config } }
}

const ofHost = (value: object): object => ({
  metadata: { typed_filter_metadata: { 'envoy.transport_sockets.proxy_protocol': value } },
})
const added = (...added_tlvs: readonly object[]): object => ofHost({ '@type': PER_HOST, added_tlvs })

interface Header {
  readonly config: object
  readonly endpoint?: object
  readonly cluster?: object
}

const FORMAT =
  '%DOWNSTREAM_LOCAL_ADDRESS_WITHOUT_PORT%|%DOWNSTREAM_REMOTE_ADDRESS%|%UPSTREAM_HOST%|%UPSTREAM_CLUSTER%|%PROTOCOL%|' +
  '%UPSTREAM_REMOTE_ADDRESS%|%REQ(:path)%|%FILTER_STATE(k)%|%RESPONSE_FLAGS%|%BYTES_SENT%|%DYNAMIC_METADATA(a:b)%'

const HEADERS: Readonly<Record<string, Header>> = {
  own: { config: { version: 'V2', added_tlvs: [tlv(1, 'a'), tlv(2, 'b')] } },
  twice: { config: { version: 'V2', added_tlvs: [tlv(1, 'a'), tlv(1, 'b')] } },
  host: {
    config: { version: 'V2', added_tlvs: [tlv(1, 'a'), tlv(2, 'b')] },
    endpoint: added(tlv(2, 'h'), tlv(3, 'i')),
  },
  'host-twice': { config: { version: 'V2', added_tlvs: [tlv(1, 'a')] }, endpoint: added(tlv(2, 'h'), tlv(2, 'i')) },
  'host-alone': { config: { version: 'V2' }, endpoint: added(tlv(2, 'h'), tlv(3, 'i')) },
  'host-odd': {
    config: { version: 'V2', added_tlvs: [tlv(1, 'a')] },
    endpoint: ofHost({ '@type': 'type.googleapis.com/google.protobuf.StringValue', value: 'x' }),
  },
  'host-format': {
    config: { version: 'V2' },
    endpoint: added(formatted(7, '%UPSTREAM_HOST%'), tlv(8, 'q'), { type: 9 }),
  },
  text: { config: { version: 'V1', added_tlvs: [tlv(1, 'a')] }, endpoint: added(tlv(2, 'h')) },
  format: { config: { version: 'V2', added_tlvs: [formatted(5, FORMAT), tlv(1, 'a')] } },
  long: { config: { version: 'V2', added_tlvs: [tlv(1, 'x'.repeat(65_000)), tlv(2, 'y'.repeat(1000)), tlv(3, 'z')] } },
}

const names = Object.keys(HEADERS)

const TCP: Readonly<Record<string, { readonly proxy: object; readonly config: object }>> = {
  'tcp-none': { proxy: { proxy_protocol_tlvs: [tlv(0xd1, 'one')] }, config: { version: 'V2' } },
  'tcp-all': {
    proxy: { proxy_protocol_tlvs: [formatted(0xd2, '%DOWNSTREAM_REMOTE_ADDRESS_WITHOUT_PORT%'), tlv(0xd1, 'one')] },
    config: { version: 'V2', pass_through_tlvs: { match_type: 'INCLUDE_ALL' }, added_tlvs: [tlv(0xd3, 'own')] },
  },
  'tcp-some': {
    proxy: { proxy_protocol_tlvs: [tlv(0xd1, 'one'), tlv(0xd2, 'two')] },
    config: { version: 'V2', pass_through_tlvs: { match_type: 'INCLUDE', tlv_type: [0xd2] } },
  },
  'told-kept': {
    proxy: { proxy_protocol_tlvs: [tlv(0xe1, 'mine')] },
    config: { version: 'V2', pass_through_tlvs: { match_type: 'INCLUDE_ALL' } },
  },
  'told-over': {
    proxy: {
      proxy_protocol_tlv_merge_policy: 'OVERWRITE_BY_TYPE_IF_EXISTS_OR_ADD',
      proxy_protocol_tlvs: [tlv(0xe1, 'mine'), tlv(0xe3, 'more')],
    },
    config: { version: 'V2', pass_through_tlvs: { match_type: 'INCLUDE_ALL' } },
  },
  'told-more': {
    proxy: {
      proxy_protocol_tlv_merge_policy: 'APPEND_IF_EXISTS_OR_ADD',
      proxy_protocol_tlvs: [tlv(0xe1, 'mine'), tlv(0xe3, 'more')],
    },
    config: { version: 'V2', pass_through_tlvs: { match_type: 'INCLUDE_ALL' } },
  },
}

const tcpNames = Object.keys(TCP)

/** PROXY of 1.2.3.4:256 for 5.6.7.8:512, with two extensions. */
const TOLD = '\r\n\r\n\0\r\nQUIT\n\x21\x11\0\x19\x01\x02\x03\x04\x05\x06\x07\x08\x01\0\x02\0\xe1\0\x04told\xe2\0\x03two'

function tcpListener(name: string): object {
  const listener_filters = name.startsWith('told')
    ? [
        {
          name: 'envoy.filters.listener.proxy_protocol',
          typed_config: {
            '@type': `${TYPES}.filters.listener.proxy_protocol.v3.ProxyProtocol`,
            pass_through_tlvs: { match_type: 'INCLUDE_ALL' },
          },
        },
      ]
    : []
  const proxy = { '@type': `${TYPES}.filters.network.tcp_proxy.v3.TcpProxy`, stat_prefix: name, cluster: name }
  return {
    name,
    address: { socket_address: { address: '127.0.0.1', port_value: 0 } },
    listener_filters,
    filter_chains: [
      { filters: [{ name: 'envoy.filters.network.tcp_proxy', typed_config: { ...proxy, ...TCP[name]!.proxy } }] },
    ],
  }
}

function cluster(name: string, port: number, { config, endpoint }: Header): object {
  const address = { socket_address: { address: '127.0.0.1', port_value: port } }
  return {
    ...staticCluster(name, []),
    transport_socket: socket(config),
    load_assignment: { cluster_name: name, endpoints: [{ lb_endpoints: [{ endpoint: { address }, ...endpoint }] }] },
  }
}

/** The header, without the client's port and ours. */
function headerOf(received: string): string {
  const text = received.replace(/GET [^]*/, '')
  if (text.startsWith('PROXY')) return text.replace(/ \d+ \d+\r/, ' <from> <to>\r')
  const shown = text.length > 1000 ? `${text.slice(0, 20)}…${text.length}…${text.slice(-10)}` : text
  return shown.slice(16, 24).includes('\x7f') ? `${shown.slice(0, 24)}<ports>${shown.slice(28)}` : shown
}

async function traffic(side: Side): Promise<void> {
  for (const name of names) {
    using client = await side.connect('front')
    client.write(`GET /${name}/ HTTP/1.1\r\nhost: a\r\n\r\n`)
    await client.until(LENGTH)
  }
  for (const name of tcpNames) {
    using client = await side.connect(name)
    client.write(`${name.startsWith('told') ? TOLD : ''}GET /${name}/ HTTP/1.1\r\n\r\n`)
    await client.until(LENGTH)
  }
  const received = side.receivedBy('app')
  for (const [i, name] of [...names, ...tcpNames].entries()) side.note(name, headerOf(received[i] ?? 'nothing'))
}

differential('extensions of PROXY protocol headers', {
  faulty: ['app'],
  bootstrap: (port) => ({
    static_resources: {
      listeners: [
        httpListener('front', { routes: names.map((name) => routeTo(name, `/${name}/`)) }),
        ...tcpNames.map(tcpListener),
      ],
      clusters: [
        ...names.map((name) => cluster(name, port('app'), HEADERS[name]!)),
        ...tcpNames.map((name) => cluster(name, port('app'), { config: TCP[name]!.config })),
      ],
    },
  }),
  stats: /^cluster\..*proxyprotocol/,
  traffic,
})
