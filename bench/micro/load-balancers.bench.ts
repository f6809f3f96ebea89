/**
 * What a choice of a host costs by policy and number of hosts, how that grows, and what making the balancer costs: with hosts
 * that nobody has seen before, and with hosts of which one in twenty is new, as an update brings them.
 * `sh tools/bun bench/micro/load-balancers.bench.ts [--only maglev]`
 */
import { parseArgs } from 'node:util'
import type { LoadBalancerContext } from '../../src/api/upstream.ts'
import { DEFAULT_ZONE_AWARE } from '../../src/upstream/config/policies/locality.ts'
import type { LbPolicy } from '../../src/upstream/config/policies/policy.ts'
import type { WeightedHost } from '../../src/upstream/load-balancer/host-set.ts'
import { HostSet } from '../../src/upstream/load-balancer/host-set.ts'
import { LocalCluster } from '../../src/upstream/load-balancer/local-cluster.ts'
import {
  ANY,
  ROUND_ROBIN,
  seeded,
  subsetPolicy,
  testBalancer,
  weightedHost,
} from '../../src/upstream/load-balancer/testing/test-balancer.ts'

const { values } = parseArgs({ options: { only: { type: 'string', default: '' } } })

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
const MAGLEV: LbPolicy = { kind: 'maglev', tableSize: 65_537, ...HASHING }
const SUBSET = subsetPolicy({
  selectors: [{ keys: ['shard'], fallback: 'NOT_DEFINED', fallbackKeys: [], singleHost: false }],
})

interface Measured {
  readonly policy: LbPolicy
  readonly weighted?: boolean
  /** The proxy knows where it and its like are. */
  readonly zones?: boolean
  /** A subset for each host, and a choice from any of them. */
  readonly alone?: boolean
  /** Requests in flight, so that bounds matter. */
  readonly activeRequests?: number
}

const POLICIES: Readonly<Record<string, Measured>> = {
  'round robin': { policy: ROUND_ROBIN },
  'round robin, weights': { policy: ROUND_ROBIN, weighted: true },
  'least request': { policy: LEAST_REQUEST },
  'least request, weights': { policy: LEAST_REQUEST, weighted: true },
  random: { policy: { ...ROUND_ROBIN, kind: 'random' } },
  'ring hash': { policy: RING },
  'ring hash, weights': { policy: RING, weighted: true },
  maglev: { policy: MAGLEV },
  'maglev, weights': { policy: MAGLEV, weighted: true },
  'maglev, bounded': { policy: { ...MAGLEV, balanceFactor: 150 } },
  subset: { policy: SUBSET },
  'subset for each host': { policy: SUBSET, alone: true },
  'locality weighted': { policy: { ...ROUND_ROBIN, localityWeighted: true } },
  'zone aware': { policy: { ...ROUND_ROBIN, zoneAware: { ...DEFAULT_ZONE_AWARE, minClusterSize: 1 } }, zones: true },
  'load aware locality': {
    policy: {
      kind: 'load_aware_locality',
      within: ROUND_ROBIN,
      load: { updateMs: 1000, newestPart: 1, expirationMs: 0, tolerance: 0, probed: 0, metricNames: [] },
    },
  },
}

const COUNTS = [10, 1000, 10_000]
const CHOICES = 200_000
/** The best counts: neighbours only make it worse. */
const BATCHES = 10
const LOCALITIES = 3
const localLocality = { region: '', zone: 'z0', subZone: '' }

/** Hashes that do not repeat, in an object that does. */
const hash = { high: 0, low: 0 }
let made = 0

console.log('| policy | 10 hosts | 1,000 | 10,000 | growth | made for 10,000 | made anew, 500 of them new |')
console.log('| --- | --- | --- | --- | --- | --- | --- |')
for (const [name, measured] of Object.entries(POLICIES)) {
  if (!name.includes(values.only)) continue
  const all = COUNTS.map((count) => measure(measured, count))
  const ns = all.map(({ choiceNs }) => `${choiceNs.toFixed(0)} ns`)
  const { firstMs, againMs } = all.at(-1)!
  const growth = all.at(-1)!.choiceNs / all[0]!.choiceNs
  console.log(
    `| ${name} | ${ns.join(' | ')} | ${growth.toFixed(1)} | ${firstMs.toFixed(1)} ms | ${againMs.toFixed(1)} ms |`,
  )
}

function measure(measured: Measured, count: number) {
  const { policy, activeRequests = 0 } = measured
  const random = seeded(11)
  const local = new LocalCluster()
  local.hosts = hostSet(hosts(6, {}))
  const make = (list: readonly WeightedHost[]) =>
    testBalancer([hostSet(list)], {
      policy,
      random,
      activeRequests: () => activeRequests,
      ...(measured.zones === true && { local }),
    }).balancer
  let list: readonly WeightedHost[] = hosts(count, measured)
  const criteria = Array.from({ length: measured.alone === true ? count : 5 }, (_, shard) => ({ shard }))
  let balancer = make(list)
  const context: { -readonly [K in keyof LoadBalancerContext]: LoadBalancerContext[K] } = { ...ANY, hash }
  const choose = (choices: number): void => {
    for (let i = 0; i < choices; i++) {
      hash.high = random.u32()
      hash.low = random.u32()
      context.metadataMatch = criteria[i % criteria.length]
      if (balancer.choose(context) === undefined) throw new Error('nobody')
    }
  }
  choose(CHOICES / 4)
  let choiceNs = Infinity
  for (let batch = 0; batch < BATCHES; batch++) {
    const start = Bun.nanoseconds()
    choose(CHOICES / BATCHES)
    choiceNs = Math.min(choiceNs, (Bun.nanoseconds() - start) / (CHOICES / BATCHES))
  }
  // With the first choice, which some of the work waits for.
  const timesMs = (renewed: (before: readonly WeightedHost[]) => readonly WeightedHost[]): number => {
    const times: number[] = []
    for (let round = 0; round < 7; round++) {
      list = renewed(list)
      const began = Bun.nanoseconds()
      balancer = make(list)
      choose(1)
      times.push((Bun.nanoseconds() - began) / 1e6)
    }
    return Math.min(...times)
  }
  return {
    choiceNs,
    firstMs: timesMs(() => hosts(count, measured)),
    againMs: timesMs((before) => {
      const fresh = Math.ceil(count / 20)
      return [...before.slice(fresh), ...hosts(fresh, measured, before)]
    }),
  }
}

function hostSet(list: readonly WeightedHost[]): HostSet {
  return new HostSet(list, { localLocality })
}

/** `places`: whose shards to take over. */
function hosts(
  count: number,
  { weighted, alone }: Partial<Measured>,
  places?: readonly WeightedHost[],
): WeightedHost[] {
  return Array.from({ length: count }, (_, i) => {
    made++
    const shard = alone === true ? i : i % 5
    return weightedHost({
      name: `10.${(made >> 16) & 255}.${(made >> 8) & 255}.${made & 255}:80`,
      weight: weighted === true ? 1 + (i % 7) : 1,
      zone: `z${i % LOCALITIES}`,
      localityWeight: 1 + (i % LOCALITIES),
      lb: { shard: places === undefined ? shard : shardOf(places[i]!) },
    })
  })
}

function shardOf({ host }: WeightedHost): number {
  const lb = (host.metadata as { filter_metadata: Record<string, { shard: number }> }).filter_metadata['envoy.lb']
  return lb!.shard
}
