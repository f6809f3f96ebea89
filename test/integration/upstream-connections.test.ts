/* Connections to hosts over real sockets: several addresses, and what is sent in front of everything. */
import { expect, test } from 'bun:test'
import { blackHole } from '../support/black-hole.ts'
import { httpListener, routeTo, staticCluster } from '../support/configs.ts'
import { faultyBackend } from '../support/faulty-backend.ts'
import { rawClient } from '../support/raw-client.ts'
import { startWholeProxy } from '../support/whole-proxy.ts'

const TYPES = 'type.googleapis.com/envoy.extensions'
const FLAGS = { flags: ['--concurrency', '1'] }

function proxyProtocol(version: string): object {
  const sockets = `${TYPES}.transport_sockets`
  return {
    transport_socket: {
      name: 'proxy',
      typed_config: {
        '@type': `${sockets}.proxy_protocol.v3.ProxyProtocolUpstreamTransport`,
        config: { version, added_tlvs: [{ type: 0xe1, value: 'YWJj' }] },
        transport_socket: { name: 'raw', typed_config: { '@type': `${sockets}.raw_buffer.v3.RawBuffer` } },
      },
    },
  }
}

function tcpListener(cluster: string): object {
  const config = { '@type': `${TYPES}.filters.network.tcp_proxy.v3.TcpProxy`, stat_prefix: 'tcp', cluster }
  return {
    name: 'tcp',
    address: { socket_address: { address: '127.0.0.1', port_value: 0 } },
    filter_chains: [{ filters: [{ name: 'envoy.filters.network.tcp_proxy', typed_config: config }] }],
  }
}

test('the PROXY protocol goes in front of requests and of plain connections', async () => {
  await using upstream = await faultyBackend()
  const clusters = [
    staticCluster('v1', [upstream.port], proxyProtocol('V1')),
    staticCluster('v2', [upstream.port], proxyProtocol('V2')),
  ]
  const routes = [routeTo('v1', '/v1'), routeTo('v2', '/v2')]
  const listeners = [httpListener('front', { routes }), tcpListener('v1')]
  await using proxy = await startWholeProxy({ listeners, clusters }, FLAGS)
  using first = await rawClient(proxy.port('front'))
  using second = await rawClient(proxy.port('front'))
  for (const client of [first, second]) {
    client.write('GET /v1 HTTP/1.1\r\nhost: a\r\n\r\n')
    await client.until('ok\n')
  }
  first.write('GET /v1 HTTP/1.1\r\nhost: a\r\nx-again: 1\r\n\r\n')
  await first.until(/ok\n[^]*ok\n/)
  using plain = await rawClient(proxy.port('tcp'))
  plain.write('X\r\nx-do: send=hello\r\n\r\n')
  await plain.until('hello')
  using third = await rawClient(proxy.port('front'))
  third.write('GET /v2 HTTP/1.1\r\nhost: a\r\n\r\n')
  await third.until('HTTP/1.1 200')

  expect(upstream.requests).toHaveLength(4)
  const [one, two, tcp, v2] = upstream.requests
  const header = /^PROXY TCP4 127\.0\.0\.1 127\.0\.0\.1 \d+ \d+\r\n/
  for (const text of [one, two]) expect(text).toMatch(new RegExp(`${header.source}GET /v1 HTTP/1.1\r\n`))
  expect(one).toContain('x-again: 1')
  expect(tcp).toMatch(new RegExp(`${header.source}X\r\n`))
  expect(v2).toStartWith('\r\n\r\n\0\r\nQUIT\n\x21\x11\0\x12\x7f\0\0\x01\x7f\0\0\x01')
  expect(v2?.slice(28)).toStartWith('\xe1\0\x03abcGET /v2 HTTP/1.1\r\n')
})

test('an address that does not answer holds nobody up for long', async () => {
  await using upstream = await faultyBackend()
  using hole = await blackHole()
  const address = (port_value: number): object => ({ socket_address: { address: '127.0.0.1', port_value } })
  const endpoint = {
    address: address(hole.port),
    additional_addresses: [{ address: address(1) }, { address: address(upstream.port) }],
  }
  const cluster = {
    ...staticCluster('app', []),
    connect_timeout: '10s',
    load_assignment: { cluster_name: 'app', endpoints: [{ lb_endpoints: [{ endpoint }] }] },
  }
  const listeners = [httpListener('front'), tcpListener('app')]
  await using proxy = await startWholeProxy({ listeners, clusters: [cluster] }, FLAGS)
  using client = await rawClient(proxy.port('front'))
  const begun = performance.now()
  client.write('GET / HTTP/1.1\r\nhost: a\r\n\r\n')
  await client.until('ok\n')
  expect(performance.now() - begun).toBeLessThan(5000)
  using plain = await rawClient(proxy.port('tcp'))
  plain.write('X\r\nx-do: send=hello\r\n\r\n')
  await plain.until('hello')
  expect(await proxy.stat('cluster.app.upstream_cx_total')).toBe(6)
  expect(await proxy.stat('cluster.app.upstream_cx_connect_fail')).toBe(0)
})
