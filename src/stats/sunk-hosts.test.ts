import { expect, test } from 'bun:test'
import type { HostNumber } from './render/host-number.ts'
import { SunkHosts } from './sunk-hosts.ts'

const TAGS = [{ name: 'envoy.endpoint_address', value: '[::1]:1' }]
const total = (value: number, host = 'h'): HostNumber => {
  return {
    name: `cluster.a.endpoint.${host}.rq_total`,
    base: 'cluster.endpoint.rq_total',
    tags: TAGS,
    type: 'Counters',
    value,
  }
}

test('what hosts count is sent as what came since the flush before, 0 included', () => {
  const sunk = new SunkHosts([])
  const deltas = (...hosts: HostNumber[]): number[] => sunk.counters(hosts).map(({ delta }) => delta)
  expect(deltas(total(3), total(0, 'other'))).toEqual([3, 0])
  expect(deltas(total(5))).toEqual([2])
  // A host that comes again counts from 0.
  expect(deltas(total(5), total(1, 'other'))).toEqual([0, 1])
})

test('names of what hosts count have the fixed tags first', () => {
  const fixed = { name: 'f', value: 'v' }
  const gauge: HostNumber = { ...total(7), type: 'Gauges' }
  const name = { full: gauge.name, base: gauge.base, tags: [fixed, ...TAGS] }
  expect(new SunkHosts([fixed]).gauges([gauge, total(1)])).toEqual([{ name, value: 7 }])
  expect(new SunkHosts([fixed]).counters([gauge])).toEqual([])
})
