/* ClientHellos and what is none, beside the real Envoy: which filter chain takes them, what is logged and counted. */
import {
  alpn,
  clientHello,
  extension,
  handshake,
  helloBody,
  part16,
  part8,
  record,
  serverName,
  u16,
} from '../support/client-hello.ts'
import { staticCluster } from '../support/configs.ts'
import { differential } from './support/differential.ts'
import { exchange, filteredListener, listenerFilter } from './support/listener-case.ts'
import type { Side } from './support/side.ts'

const tlsInspector = (fields: object = {}): object => listenerFilter('tls_inspector', 'TlsInspector', fields)
const latin1 = (text: string): Uint8Array => Buffer.from(text, 'latin1')

/** Takes the connection and ends it. */
function taker(name: string, match?: object): object {
  const proxy = {
    '@type': 'type.googleapis.com/envoy.extensions.filters.network.tcp_proxy.v3.TcpProxy',
    stat_prefix: name,
    cluster: 'nobody',
  }
  const filters = [{ name: 'tcp', typed_config: proxy }]
  return { name, filters, ...(match === undefined ? {} : { filter_chain_match: match }) }
}

/** One after the other, each until it is logged. */
async function sendAll(side: Side, listener: string, all: readonly Uint8Array[]): Promise<void> {
  for (const [index, bytes] of all.entries()) {
    await exchange(side, listener, { pieces: [bytes], waitMs: 60 })
    await side.logLines(listener, index + 1)
  }
  await side.noteLog(listener, all.length)
}

const GROUPS = extension(10, part16(u16(0x1d, 0x17)))
const ALGORITHMS = extension(13, part16(u16(0x0403, 0x0804)))
const VERSIONS = extension(43, part8(u16(0x2a2a, 0x0304, 0x0303)))
const NAME = serverName('Www.Example.COM')

const HELLOS: readonly Uint8Array[] = [
  clientHello({ extensions: [NAME, GROUPS, extension(11, part8(latin1('\0'))), ALGORITHMS, alpn('h2', 'http/1.1')] }),
  clientHello({ extensions: [extension(0x0a0a, new Uint8Array(0)), NAME, VERSIONS, GROUPS, ALGORITHMS, alpn('-x')] }),
  clientHello(),
  clientHello({ version: 0x0301 }),
  clientHello({ version: 0x0300, extensions: [NAME] }),
  clientHello({ extensions: [NAME], cipherSuites: latin1('abc') }),
  clientHello({ extensions: [NAME, NAME] }),
  clientHello({ extensions: [serverName('a b_c')] }),
  clientHello({ extensions: [serverName('')] }),
  clientHello({ extensions: [alpn('h2', '')] }),
  record(handshake(helloBody({ extensions: [NAME] }), 2)),
  Buffer.concat([record(handshake(helloBody()).subarray(0, 9)), record(handshake(helloBody()).subarray(9))]),
  latin1('GET / HTTP/1.1\r\n\r\n'),
  latin1('CONNECT a:1 HTTP/1.1\r\n\r\n'),
  latin1('SSH-2.0-x\r\n'),
  latin1('\x15\x03\x01\0\x02\x01\0'),
  latin1('\x80\x1c\x01\x03\x01\0\x03\0\0\0\x10\0\0\x2f0123456789abcdef'),
  clientHello({ extensions: [NAME, extension(21, Buffer.alloc(3000))] }),
  clientHello({ extensions: [NAME, extension(21, Buffer.alloc(16_300))] }),
]

differential('tls_inspector: whatever comes first, by every setting', {
  bootstrap: () => {
    const chains = [taker('tls', { transport_protocol: 'tls' }), taker('other')]
    const prints = { enable_ja3_fingerprinting: true, enable_ja4_fingerprinting: true }
    const strict = { close_connection_on_client_hello_parsing_errors: true }
    const small = { max_client_hello_size: 1024, initial_read_buffer_size: 256 }
    return {
      static_resources: {
        clusters: [staticCluster('nobody', [])],
        listeners: [
          filteredListener('prints', [tlsInspector(prints)], { filter_chains: chains }),
          filteredListener('strict', [tlsInspector(strict)], { filter_chains: chains }),
          filteredListener('small', [tlsInspector(small)], { filter_chains: chains }),
        ],
      },
    }
  },
  stats: /^tls_inspector|^listener\.(?:prints|strict|small)\.(?!.*(?:length|accepted|worker_|cx_active))/,
  traffic: async (side) => {
    for (const name of ['prints', 'strict', 'small']) await sendAll(side, name, HELLOS)
  },
})

differential('filter chains: by server name, protocol and addresses, with no way back', {
  bootstrap: () => {
    const prefix = (ip: string, length: number): object => ({ address_prefix: ip, prefix_len: length })
    const loopback = { direct_source_prefix_ranges: [prefix('127.0.0.0', 8)] }
    return {
      static_resources: {
        clusters: [staticCluster('nobody', [])],
        listeners: [
          filteredListener('names', [tlsInspector()], {
            filter_chains: [
              taker('exact', { server_names: ['www.example.com', 'WWW.UPPER.COM'] }),
              taker('wide', { server_names: ['*.example.com'] }),
              taker('narrow', { server_names: ['*.a.example.com'] }),
              taker('tls', { transport_protocol: 'tls' }),
              taker('plain-name', { server_names: ['plain.example.com'], transport_protocol: 'raw_buffer' }),
              taker('h2', { server_names: ['h2.org'], application_protocols: ['h2', 'h3'] }),
            ],
            default_filter_chain: taker('default'),
          }),
          filteredListener('addresses', [listenerFilter('proxy_protocol', 'ProxyProtocol'), tlsInspector()], {
            filter_chains: [
              taker('port', { destination_port: 22 }),
              taker('name', { server_names: ['a.com'] }),
              taker('wide', { prefix_ranges: [prefix('5.6.0.0', 16)] }),
              taker('narrow', { prefix_ranges: [prefix('5.6.7.0', 24)], server_names: ['b.com'] }),
              taker('local', { ...loopback, source_type: 'SAME_IP_OR_LOOPBACK' }),
              taker('near', { ...loopback, source_type: 'EXTERNAL', source_prefix_ranges: [prefix('3.0.0.0', 8)] }),
              taker('from', { ...loopback, source_type: 'EXTERNAL', source_ports: [77] }),
            ],
          }),
        ],
      },
    }
  },
  traffic: async (side) => {
    const hosts = 'www.example.com WWW.example.COM b.example.com x.a.example.com a.example.com www.upper.com other.org'
    const names = [...hosts.split(' '), '.example.com', 'plain.example.com', 'h2.org']
    await sendAll(side, 'names', [
      ...names.map((name) => clientHello({ extensions: [serverName(name)] })),
      clientHello({ extensions: [serverName('h2.org'), alpn('spdy', 'h3')] }),
      clientHello(),
      latin1('GET / HTTP/1.1\r\n\r\n'),
    ])
    const routes: readonly (readonly [string, string])[] = [
      ['1.2.3.4 5.6.7.8 11 22', 'a.com'],
      ['1.2.3.4 5.6.7.8 11 23', 'a.com'],
      ['1.2.3.4 5.6.7.8 11 23', 'b.com'],
      ['1.2.3.4 5.6.9.8 11 23', 'a.com'],
      ['1.2.3.4 8.8.8.8 11 23', 'a.com'],
      ['127.0.0.1 8.8.8.8 11 23', ''],
      ['8.8.8.8 8.8.8.8 11 23', ''],
      ['127.0.0.9 8.8.8.8 11 23', ''],
      ['3.3.3.3 8.8.8.8 11 23', ''],
      ['4.4.4.4 8.8.8.8 77 23', ''],
      ['4.4.4.4 8.8.8.8 78 23', ''],
    ]
    const lines = routes.map(([addresses, name]) => {
      const hello = clientHello(name === '' ? {} : { extensions: [serverName(name)] })
      return Buffer.concat([latin1(`PROXY TCP4 ${addresses}\r\n`), hello])
    })
    await sendAll(side, 'addresses', lines)
  },
})
