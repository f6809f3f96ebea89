import { expect, test } from 'bun:test'
import type { Message, Reader } from '../api/config.ts'
import { trackingReader } from '../config/reader/create-tracking-reader.ts'
import { readAddress, readEndpointAddress } from './address-config.ts'
import { parseIpAddress } from './address.ts'
import { readCidrRange } from '../config/cidr-range.ts'
import { readListenSocketOptions, readSocketOptions } from './socket-options.ts'

function read<T>(type: string, message: Message, parse: (reader: Reader) => T): { value: T; errors: string[] } {
  const tracked = trackingReader(type, message)
  const value = parse(tracked.reader)
  return { value, errors: tracked.end().map((error) => error.message) }
}

const address = (message: Message) => read('envoy.config.core.v3.Address', message, readAddress)
const socket = (message: Message) => address({ socket_address: message })

test('address: IP addresses become canonical, pipes stay as they are', () => {
  expect(socket({ address: '127.0.0.1', port_value: 80 })).toMatchObject({
    errors: [],
    value: { text: '127.0.0.1:80' },
  })
  expect(socket({ address: '0:0::1', port_value: 80, ipv4_compat: true })).toMatchObject({
    errors: [],
    value: { kind: 'ip', family: 6, text: '[::1]:80', ipv4Compat: true },
  })
  expect(address({ pipe: { path: '/run/x', mode: 384 } })).toMatchObject({
    errors: [],
    value: { kind: 'pipe', path: '/run/x', mode: 0o600, text: '/run/x' },
  })
})

test('address: what Envoy refuses is refused in its words', () => {
  expect(socket({ address: '127.0.0.300', port_value: 1 }).errors).toEqual(['malformed IP address: 127.0.0.300'])
  expect(socket({ address: 'localhost', port_value: 1 }).errors).toEqual(['malformed IP address: localhost'])
  expect(socket({ address: '127.0.0.1', named_port: 'http' }).errors).toEqual([
    "IP resolver can't handle port specifier type 4",
  ])
  expect(address({ pipe: { path: '@x', mode: 1 } }).errors).toEqual(['Cannot set mode for Abstract AF_UNIX sockets'])
  expect(address({ pipe: { path: `/${'x'.repeat(107)}` } }).errors[0]).toEndWith(
    'exceeds maximum UNIX domain socket path size of 108.',
  )
})

test('address: what Nuncio does not have is refused, not ignored', () => {
  for (const message of [
    { address: '127.0.0.1', port_value: 1, protocol: 'UDP' },
    { address: '127.0.0.1', port_value: 1, resolver_name: 'x' },
    { address: '127.0.0.1', port_value: 1, network_namespace_filepath: '/x' },
  ]) {
    expect(socket(message).errors.join()).toContain('is not supported by Nuncio yet')
  }
  expect(address({ envoy_internal_address: { server_listener_name: 'x' } }).errors.join()).toContain('not supported')
})

test('address: an endpoint may have a name', () => {
  const message = { socket_address: { address: 'example.com', port_value: 443 } }
  expect(read('envoy.config.core.v3.Address', message, readEndpointAddress)).toEqual({
    errors: [],
    value: { kind: 'name', host: 'example.com', port: 443 },
  })
})

test('CIDR ranges: the length is the first bits of the same family', () => {
  const range = (address_prefix: string, prefix_len?: number) =>
    read(
      'envoy.config.core.v3.CidrRange',
      prefix_len === undefined ? { address_prefix } : { address_prefix, prefix_len },
      readCidrRange,
    )
  const ten = range('10.1.0.0', 16)
  expect(ten.errors).toEqual([])
  expect(ten.value.text).toBe('10.1.0.0/16')
  expect(ten.value.contains(parseIpAddress('10.1.255.1', 1))).toBe(true)
  expect(ten.value.contains(parseIpAddress('10.2.0.1', 1))).toBe(false)
  expect(range('::').value.containsIp('127.0.0.1')).toBe(false)
  expect(range('0.0.0.0').value.containsIp('127.0.0.1')).toBe(true)
  expect(range('1.2.3.4', 64).value.prefixLength).toBe(32)
  expect(range('10.1').errors).toEqual(['malformed IP address: 10.1'])
})

test('socket options: fields and raw options end in one list', () => {
  const { value, errors } = read(
    'envoy.config.listener.v3.Listener',
    {
      freebind: true,
      tcp_fast_open_queue_length: 5,
      tcp_keepalive: { keepalive_probes: 3, keepalive_time: 10, keepalive_interval: 2 },
      socket_options: [
        { description: 'x', level: '1', name: '8', int_value: '65536', state: 'STATE_BOUND' },
        { level: '1', name: '9', buf_value: 'AQAAAA==' },
        { level: '1', name: '9', int_value: '1', type: { datagram: {} } },
        { level: '1', name: '9', int_value: '1', type: { stream: {} }, ip_version: 'SOCKET_IP_VERSION_IPV6' },
      ],
    },
    readListenSocketOptions,
  )
  expect(errors).toEqual([])
  expect(value.options.map(({ level, name, value: to, state, family }) => [level, name, to, state, family])).toEqual([
    [0, 15, 1, 'STATE_PREBIND', 4],
    [41, 78, 1, 'STATE_PREBIND', 6],
    [6, 23, 5, 'STATE_LISTENING', undefined],
    [1, 9, 1, 'STATE_PREBIND', undefined],
    [6, 6, 3, 'STATE_PREBIND', undefined],
    [6, 5, 2, 'STATE_PREBIND', undefined],
    [6, 4, 10, 'STATE_PREBIND', undefined],
    [1, 8, 65536, 'STATE_BOUND', undefined],
    [1, 9, new Uint8Array([1, 0, 0, 0]), 'STATE_PREBIND', undefined],
    [1, 9, 1, 'STATE_PREBIND', 6],
  ])
  const none = read('envoy.config.core.v3.BindConfig', {}, (reader) => readSocketOptions(reader, 'socket_options'))
  expect(none).toEqual({ value: [], errors: [] })
})
