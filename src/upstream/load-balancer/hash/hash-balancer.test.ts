import { describe, expect, test } from 'bun:test'
import { xxHash64 } from '../../../base/xx-hash64.ts'
import type { HashKey } from '../../../api/upstream.ts'
import type { LbPolicy, MaglevPolicy, RingHashPolicy } from '../../config/policies/policy.ts'
import { HostSet } from '../host-set.ts'
import type { TestHost } from '../testing/test-balancer.ts'
import { hostSet, testBalancer, weightedHost } from '../testing/test-balancer.ts'
import { BoundedLoad } from './bounded-load.ts'
import { MaglevTable } from './maglev-table.ts'
import { MersenneTwister } from './mersenne-twister.ts'
import { ringCounts } from './ring.ts'

const RING: RingHashPolicy = {
  kind: 'ring_hash',
  hashFunction: 'XX_HASH',
  minimumRingSize: 1024,
  maximumRingSize: 8_388_608,
  useHostname: false,
  balanceFactor: 0,
  localityWeighted: false,
}
const MAGLEV: MaglevPolicy = {
  kind: 'maglev',
  tableSize: 65_537,
  useHostname: false,
  balanceFactor: 0,
  localityWeighted: false,
}

function keyOf(text: string): HashKey {
  const hash = xxHash64(text)
  return { high: Number(hash >> 32n), low: Number(hash & 0xffff_ffffn) }
}

function mapping(policy: LbPolicy, set: HostSet, keys: number): string {
  const { one } = testBalancer([set], { policy })
  return Array.from({ length: keys }, (_, i) => one({ hash: keyOf(`key-${i}`) })).join('')
}

function hosts(...list: readonly TestHost[]): HostSet {
  return new HostSet(list.map(weightedHost))
}

for (const policy of [RING, { ...RING, hashFunction: 'MURMUR_HASH_2' as const }, MAGLEV]) {
  describe(`${policy.kind} ${'hashFunction' in policy ? policy.hashFunction : ''}`, () => {
    test('equal keys go to equal hosts, whatever the order of the hosts', () => {
      expect(mapping(policy, hostSet('c', 'a', 'b'), 300)).toBe(mapping(policy, hostSet('a', 'b', 'c'), 300))
    })

    test('removing a host moves its keys and a tenth of the others', () => {
      const before = mapping(policy, hostSet('a', 'b', 'c', 'd'), 2000)
      const after = mapping(policy, hostSet('a', 'b', 'd'), 2000)
      let moved = 0
      for (let i = 0; i < before.length; i++) if (before[i] !== 'c' && before[i] !== after[i]) moved++
      expect(moved).toBeLessThan(250)
      expect(after).not.toContain('c')
    })

    test('weights decide how many keys a host gets', () => {
      const all = mapping(policy, hostSet('a1', 'b3'), 4000)
      expect(all.split('b').length / all.length).toBeWithin(0.68, 0.82)
    })

    test('a refused host is followed by another one', () => {
      const { one } = testBalancer([hostSet('a', 'b', 'c', 'd')], { policy })
      for (let i = 0; i < 50; i++) {
        const first = one({ hash: keyOf(`${i}`) })
        const context = {
          hash: keyOf(`${i}`),
          hostSelectionRetryCount: 20,
          shouldSelectAnotherHost: (host: { hostname: string }) => host.hostname === first,
        }
        expect(one(context)).not.toBe(first)
      }
    })

    test('metadata may name what is hashed, and so may the host name', () => {
      const named = hosts({ name: 'x', lb: { hash_key: 'a' } }, { name: 'y', lb: { hash_key: 'b' } })
      const translated = mapping(policy, named, 200).replaceAll('x', 'a').replaceAll('y', 'b')
      expect(translated).toBe(mapping(policy, hostSet('a', 'b'), 200))
      expect(mapping({ ...policy, useHostname: true }, hostSet('a', 'b'), 200)).toBe(
        mapping(policy, hostSet('a', 'b'), 200),
      )
    })

    test('unhealthy hosts are left out; in panic nobody is', () => {
      expect(mapping(policy, hostSet('a', 'b!', 'c'), 200)).toBe(mapping(policy, hostSet('a', 'c'), 200))
      const { choose, healthyPanic } = testBalancer([hostSet('a!', 'b!', 'c!')], { policy })
      expect(choose(1, { hash: keyOf('k') })).not.toBe('-')
      expect(healthyPanic.count).toBe(1)
      expect(testBalancer([hostSet()], { policy }).choose(1)).toBe('-')
    })

    test('the hash decides the priority', () => {
      const { one } = testBalancer([hostSet('a', 'b!'), hostSet('c')], { policy })
      for (let i = 0; i < 200; i++) {
        const hash = keyOf(`${i}`)
        const percent = Number(((BigInt(hash.high) << 32n) | BigInt(hash.low)) % 100n)
        expect(one({ hash })).toBe(percent < 70 ? 'a' : 'c')
      }
    })

    test('localities by weight', () => {
      const weighted = { ...policy, localityWeighted: true }
      const set = hosts(
        { name: 'a', zone: 'x', localityWeight: 3 },
        { name: 'b', zone: 'y', localityWeight: 1 },
        { name: 'c', zone: 'z', localityWeight: 0 },
      )
      expect(mapping(weighted, set, 500)).toBe(mapping(policy, hostSet('a3', 'b1'), 500))
      expect(mapping(weighted, hostSet('a'), 2)).toBe('--')
    })
  })
}

test('ring: the host of least weight stands there a whole number of times', () => {
  expect(ringCounts([0.25, 0.75], { minimumRingSize: 10, maximumRingSize: 100 })).toEqual([3, 9])
  expect(ringCounts([0.25, 0.75], { minimumRingSize: 10, maximumRingSize: 10 })).toEqual([3, 7])
})

test('maglev: every entry is somebody’s', () => {
  const list = ['a', 'b', 'c'].map((key) => ({ key, share: 1 / 3 }))
  const { least, most } = new MaglevTable(list, 101).counts
  expect([least, most]).toEqual([33, 34])
})

test('maglev: a host alone has one entry', () => {
  const table = new MaglevTable([{ key: 'a', share: 1 }], 101)
  expect(table.counts).toEqual({ least: 1, most: 1 })
  expect([table.find(7, 9, 0), table.find(7, 9, 3)]).toEqual([0, 0])
})

test('the 10,000th number of the Mersenne Twister with seed 5489', () => {
  const random = new MersenneTwister(5489)
  let last = 0
  for (let i = 0; i < 10_000; i++) last = random.next()
  expect(last).toBe(4_123_659_995)
})

describe('bounded load', () => {
  const busy = (name: string, requests: number) => {
    const { host } = weightedHost({ name })
    for (let i = 0; i < requests; i++) host.stats.rqActive(1)
    return { host, key: name, share: 1 / 3 }
  }

  test('a host with too much passes on, to the same one for a hash', () => {
    const list = [busy('a', 9), busy('b', 1), busy('c', 1)]
    const bounds = new BoundedLoad(list, 120, () => 11)
    expect(bounds.settle(1, 7)).toBe(1)
    expect(new Set([bounds.settle(0, 7), bounds.settle(0, 7)]).size).toBe(1)
    expect([1, 2]).toContain(bounds.settle(0, 7))
    expect(new Set(Array.from({ length: 20 }, (_, low) => bounds.settle(0, low))).size).toBe(2)
  })

  test('when all have too much it is the one with the least', () => {
    const bounds = new BoundedLoad([busy('a', 90), busy('b', 50), busy('c', 40)], 100, () => 3)
    expect(bounds.settle(0, 1)).toBe(2)
  })
})
