import { expect, test } from 'bun:test'
import type { IpAddress } from '../api/network.ts'
import { parseIpAddress, pipeAddress } from '../network/address.ts'
import { ListenerAddresses } from './listener-addresses.ts'

const at = (name: string, ip: string, port: number, fields: Partial<IpAddress> = {}) => ({
  name,
  addresses: [{ ...parseIpAddress(ip, port), ...fields }],
})

function find(listeners: ReturnType<typeof at>[], ip: string, port: number): string | undefined {
  return new ListenerAddresses(listeners).find(parseIpAddress(ip, port))?.name
}

test('listener addresses: the very address, else all addresses on this port', () => {
  const listeners = [at('any', '0.0.0.0', 80), at('one', '10.0.0.1', 80), at('any6', '::', 80)]
  expect(find(listeners, '10.0.0.1', 80)).toBe('one')
  expect(find(listeners, '10.0.0.2', 80)).toBe('any')
  expect(find(listeners, '10.0.0.1', 81)).toBeUndefined()
  expect(find(listeners, 'fd00::1', 80)).toBe('any6')
})

test('listener addresses: IPv6 with ipv4_compat has IPv4 clients unless somebody listens for those', () => {
  const both = at('both', '::', 80, { ipv4Compat: true })
  expect(find([both], '10.0.0.1', 80)).toBe('both')
  expect(find([at('any', '0.0.0.0', 80), both], '10.0.0.1', 80)).toBe('any')
  expect(find([at('v6', '::', 80)], '10.0.0.1', 80)).toBeUndefined()
  expect(find([at('mapped', '::ffff:10.0.0.1', 80, { ipv4Compat: true })], '10.0.0.1', 80)).toBe('mapped')
})

test('listener addresses: the last of several, and pipes by their path', () => {
  expect(find([at('old', '10.0.0.1', 80), at('new', '10.0.0.1', 80)], '10.0.0.1', 80)).toBe('new')
  const pipe = { name: 'pipe', addresses: [pipeAddress('/run/x', 0)] }
  expect(new ListenerAddresses([pipe]).find(pipeAddress('/run/x', 0))?.name).toBe('pipe')
  expect(new ListenerAddresses([pipe]).find(pipeAddress('/run/y', 0))).toBeUndefined()
})
