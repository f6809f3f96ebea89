import { expect, test } from 'bun:test'
import { parseIpAddress, pipeAddress } from '../network/address.ts'
import type { HappyEyeballsConfig } from './race-order.ts'
import { raceOrder } from './race-order.ts'

const ADDRESSES = {
  a: parseIpAddress('127.0.0.1', 1),
  b: parseIpAddress('127.0.0.1', 2),
  c: parseIpAddress('127.0.0.1', 3),
  x: parseIpAddress('::1', 1),
  y: parseIpAddress('::1', 2),
  p: pipeAddress('/p', 0),
}

function order(names: string, config: Partial<HappyEyeballsConfig> = {}): string {
  const byName = new Map(Object.entries(ADDRESSES))
  const nameOf = new Map(Object.entries(ADDRESSES).map(([name, address]) => [address, name]))
  const addresses = names.split(' ').map((name) => byName.get(name)!)
  const sorted = raceOrder(addresses, { firstFamily: undefined, firstFamilyCount: 1, ...config })
  return sorted.map((address) => nameOf.get(address as never)).join(' ')
}

test.each<[string, Partial<HappyEyeballsConfig>, string]>([
  ['a b c x y', {}, 'a x b y c'],
  ['x a b c y', {}, 'x a y b c'],
  ['a b c x y', { firstFamily: 6 }, 'x a y b c'],
  ['x y a b c', { firstFamily: 4, firstFamilyCount: 2 }, 'a b x c y'],
  ['a b c', { firstFamily: 6 }, 'a b c'],
  ['a x b', { firstFamily: 'internal' }, 'a x b'],
  ['p a b', {}, 'p a b'],
  ['a p b', {}, 'a p b'],
])('addresses race in this order: %s %j', (names, config, expected) => {
  expect(order(names, config)).toBe(expected)
})
