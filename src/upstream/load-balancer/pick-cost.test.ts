/* What a choice looks at does not grow with the number of hosts; counted, as times depend on the machine. */
import { expect, test } from 'bun:test'
import type { LbPolicy } from '../config/policies/policy.ts'
import type { WeightedHost } from './host-set.ts'
import { HostSet } from './host-set.ts'
import { ROUND_ROBIN, ANY, seeded, subsetPolicy, testBalancer, weightedHost } from './testing/test-balancer.ts'

const CHOICES = 200
const LEAST_REQUEST: LbPolicy = {
  ...ROUND_ROBIN,
  kind: 'least_request',
  choiceCount: 2,
  activeRequestBias: { value: 1, runtimeKey: '' },
  fullScan: false,
}
const HASHING = { useHostname: false, localityWeighted: false }

/** How many hosts, and weights of hosts, are looked at for a choice, once the balancer is made. */
function looksPerChoice(policy: LbPolicy, count: number, weighted: boolean): number {
  let looks = 0
  const list = Array.from({ length: count }, (_, i) => {
    const host = weightedHost({ name: `h${i}`, lb: { shard: i % 5 } })
    const weight = weighted ? 1 + (i % 7) : 1
    return new Proxy(host, {
      get: (target, key: keyof WeightedHost) => {
        looks++
        return key === 'weight' ? weight : target[key]
      },
    })
  })
  const { balancer } = testBalancer([new HostSet(list)], { policy, random: seeded(5) })
  const context = { ...ANY, hash: { high: 1, low: 2 }, metadataMatch: { shard: 3 } }
  // What is put off until the first choice is no part of it.
  balancer.choose(context)
  looks = 0
  for (let i = 0; i < CHOICES; i++) {
    context.hash.high = Math.imul(i, 2_654_435_761) >>> 0
    if (balancer.choose(context) === undefined) throw new Error('nobody')
  }
  return looks / CHOICES
}

const CASES: readonly (readonly [string, LbPolicy, boolean, number])[] = [
  ['round robin', ROUND_ROBIN, false, 1],
  ['round robin, weights', ROUND_ROBIN, true, 2],
  ['least request', LEAST_REQUEST, false, 2],
  ['least request, weights', LEAST_REQUEST, true, 3],
  ['random', { ...ROUND_ROBIN, kind: 'random' }, false, 1],
  ['maglev', { kind: 'maglev', tableSize: 65_537, balanceFactor: 0, ...HASHING }, false, 0],
  ['maglev, bounded', { kind: 'maglev', tableSize: 65_537, balanceFactor: 150, ...HASHING }, false, 0],
  [
    'ring hash',
    {
      kind: 'ring_hash',
      hashFunction: 'XX_HASH',
      minimumRingSize: 1024,
      maximumRingSize: 20_000,
      balanceFactor: 0,
      ...HASHING,
    },
    false,
    0,
  ],
  [
    'load aware locality',
    {
      kind: 'load_aware_locality',
      within: ROUND_ROBIN,
      load: { updateMs: 1000, newestPart: 1, expirationMs: 0, tolerance: 0, probed: 0, metricNames: [] },
    },
    false,
    1,
  ],
  [
    'subset',
    subsetPolicy({
      selectors: [{ keys: ['shard'], fallback: 'NOT_DEFINED', fallbackKeys: [], singleHost: false }],
    }),
    false,
    1,
  ],
]

test.each(CASES)('%s: the same few hosts are looked at, however many there are', (_name, policy, weighted, most) => {
  for (const count of [10, 1000, 10_000]) expect(looksPerChoice(policy, count, weighted)).toBeLessThanOrEqual(most)
})
