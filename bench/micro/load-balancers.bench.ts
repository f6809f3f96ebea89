/**
 * What a choice of a host costs by policy and number of hosts, and what making the balancer costs.
 * `sh tools/bun bench/micro/load-balancers.bench.ts`
 */
import type { LoadBalancerContext } from '../../src/api/upstream.ts'
import type { LbPolicy } from '../../src/upstream/config/policies/policy.ts'
import { HostSet } from '../../src/upstream/load-balancer/host-set.ts'
import {
  ANY,
  ROUND_ROBIN,
  seeded,
  testBalancer,
  weightedHost,
} from '../../src/upstream/load-balancer/testing/test-balancer.ts'

const HASHING = { useHostname: false, balanceFactor: 0, localityWeighted: false }
const LEAST_REQUEST: LbPolicy = {
  ...ROUND_ROBIN,
  kind: 'least_request',
  choiceCount: 2,
  activeRequestBias: { value: 1, runtimeKey: '' },
  fullScan: false,
}
const RING: LbPolicy = {
  kind: 'ring_hash',
  hashFunction: 'XX_HASH',
  minimumRingSize: 1024,
  maximumRingSize: 8_388_608,
  ...HASHING,
}

interface Measured {
  readonly policy: LbPolicy
  readonly weighted?: boolean
}

const POLICIES: Readonly<Record<string, Measured>> = {
  'round robin': { policy: ROUND_ROBIN },
  'round robin, weights': { policy: ROUND_ROBIN, weighted: true },
  'least request': { policy: LEAST_REQUEST },
  'least request, weights': { policy: LEAST_REQUEST, weighted: true },
  random: { policy: { ...ROUND_ROBIN, kind: 'random' } },
  'ring hash': { policy: RING },
  maglev: { policy: { kind: 'maglev', tableSize: 65_537, ...HASHING } },
  subset: {
    policy: {
      kind: 'subset',
      within: ROUND_ROBIN,
      fallback: 'NO_FALLBACK',
      defaultSubset: {},
      selectors: [{ keys: ['shard'], fallback: 'NOT_DEFINED', fallbackKeys: [], singleHost: false }],
      localityWeightAware: false,
      scaleLocalityWeight: false,
      panicModeAny: false,
      listAsAny: false,
      usesFallbackList: false,
      allowsRedundantKeys: false,
    },
  },
}

const COUNTS = [10, 1000, 10_000]
const CHOICES = 300_000

/** Hashes that do not repeat, in an object that does. */
const hash = { high: 0, low: 0 }
const context: LoadBalancerContext = { ...ANY, hash, metadataMatch: { shard: 3 } }

console.log(`${'policy'.padEnd(24)}${COUNTS.map((count) => `${count} hosts`.padStart(24)).join('')}`)
for (const [name, measured] of Object.entries(POLICIES)) {
  const cells = COUNTS.map((count) => measure(measured, count))
  console.log(`${name.padEnd(24)}${cells.map((cell) => cell.padStart(24)).join('')}`)
}

function measure({ policy, weighted = false }: Measured, count: number): string {
  const hosts = Array.from({ length: count }, (_, i) =>
    weightedHost({ name: `10.0.${i >> 8}.${i & 255}:80`, weight: weighted ? 1 + (i % 7) : 1, lb: { shard: i % 5 } }),
  )
  const random = seeded(11)
  const began = Bun.nanoseconds()
  const { balancer } = testBalancer([new HostSet(hosts)], { policy, random })
  const made = (Bun.nanoseconds() - began) / 1e6
  choose(CHOICES / 10)
  const start = Bun.nanoseconds()
  choose(CHOICES)
  return `${((Bun.nanoseconds() - start) / CHOICES).toFixed(0)} ns, made in ${made.toFixed(1)} ms`

  function choose(choices: number): void {
    for (let i = 0; i < choices; i++) {
      hash.high = random.u32()
      hash.low = random.u32()
      if (balancer.choose(context) === undefined) throw new Error('nobody')
    }
  }
}
