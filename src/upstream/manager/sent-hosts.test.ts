/* However the threads are told, they know what the main thread knows. */
import { expect, test } from 'bun:test'
import type { ClusterOrder } from '../../api/worker.ts'
import { parseIpAddress } from '../../network/address.ts'
import { SimulatedDispatcher } from '../../event/simulated-dispatcher.ts'
import { runtimeFromValues } from '../../runtime/runtime-from-values.ts'
import { SharedCounterAllocator } from '../../stats/shared-counters.ts'
import { AnnouncedHosts, readHosts } from '../announced-hosts.ts'
import type { ClusterEntry } from '../cluster-entry.ts'
import { HEALTH_FLAG } from '../health-flags.ts'
import { HostPlacement } from '../host-placement.ts'
import type { HostDescription } from '../host-snapshot.ts'
import { seeded } from '../load-balancer/testing/test-balancer.ts'
import { HOST_COUNTERS } from '../shared-layout.ts'
import type { PlacedHost } from '../thread-cluster.ts'
import { commonClusterSettings } from '../thread-settings.ts'
import { clusterConfig, staticCluster } from '../testing/test-clusters.ts'
import { HostDifferences } from './host-difference.ts'
import type { HostsState } from './sent-hosts.ts'
import { SentHosts } from './sent-hosts.ts'

const POLICY = { overprovisioningFactor: 140, weightedPriorityHealth: false, dropOverload: 0 }
const SETTINGS = {
  ...commonClusterSettings(clusterConfig(staticCluster('app', [1]))),
  name: 'app',
  observabilityName: 'app',
}

const shared = new SharedCounterAllocator()
let lastId = 0
function newHost(priority = 0): HostDescription {
  const id = ++lastId
  return {
    id,
    address: parseIpAddress(`127.0.${id >> 8}.${id & 255}`, 80),
    fallbackAddresses: [],
    hostname: '',
    locality: { region: '', zone: '', subZone: '' },
    localityWeight: 0,
    metadata: undefined,
    canary: false,
    weight: 1,
    healthStatus: 'UNKNOWN',
    priority,
    healthySinceMs: 0,
    counters: shared.allocate(HOST_COUNTERS),
  }
}

/** A thread that uses the cluster, and one that does not. */
class Threads {
  readonly #placement = new HostPlacement({
    dispatcher: new SimulatedDispatcher(),
    runtime: { current: runtimeFromValues('{}') },
  })
  readonly #entry = { known: new Map(), transports: undefined, cluster: undefined } as unknown as ClusterEntry
  #idle: AnnouncedHosts | undefined
  #placed: readonly PlacedHost[] = []

  take(order: ClusterOrder): void {
    if (order.kind === 'hosts.set') {
      this.#idle = new AnnouncedHosts(order)
      this.#entry.hosts = new AnnouncedHosts(order)
      this.#placed = this.#placement.placeAll(this.#entry, SETTINGS).hosts
      return
    }
    if (order.kind !== 'hosts.update') throw new Error(order.kind)
    const update = { ...readHosts(order), order: order.order, removed: order.removed }
    this.#idle?.update(update)
    this.#placed = this.#placement.placeChanged(this.#entry, update, this.#placed, SETTINGS).hosts
  }

  /** By number: what balancing knows of it. */
  get placed(): readonly unknown[] {
    return this.#placed.map(({ host, weight, health, excluded, priority }) => {
      const { address } = host
      return [host.id, address.text, weight, health, excluded, priority]
    })
  }

  get known(): readonly number[] {
    return [...this.#entry.known.keys()].sort((a, b) => a - b)
  }

  /** Without the place of its counters, which are numbered anew by each text. */
  get idle(): readonly unknown[] {
    return this.#idle!.read().hosts.map(({ snapshot }) => ({ ...snapshot, buffer: 0 }))
  }
}

test('hosts told in short: threads know the same as one that is told everything', () => {
  const random = seeded(3)
  const differences = new HostDifferences()
  const sent = new SentHosts('app', differences)
  const threads = new Threads()
  let hosts: HostDescription[] = Array.from({ length: 200 }, () => newHost())
  const flags = new Map<number, number>()
  let told = 0
  for (let round = 0; round < 300; round++) {
    hosts = changed(hosts, random.u32)
    if (round % 3 === 0) toggle(flags, hosts[random.u32() % hosts.length]!.id)
    const state: HostsState = { hosts, policy: POLICY, flags }
    const order = sent.next(state)
    if (order.kind === 'hosts.update') told++
    threads.take(order)
    const fresh = new Threads()
    fresh.take(sent.whole(state))
    expect(threads.placed).toEqual(fresh.placed)
    expect(threads.idle).toEqual(fresh.idle)
    expect(threads.known).toEqual(fresh.known)
  }
  expect(told).toBeGreaterThan(200)
})

function toggle(flags: Map<number, number>, id: number): void {
  if (!flags.delete(id)) flags.set(id, HEALTH_FLAG.failedActiveHc)
}

function changed(hosts: readonly HostDescription[], u32: () => number): HostDescription[] {
  const at = u32() % hosts.length
  switch (u32() % 6) {
    case 0:
      return [...hosts.slice(1), newHost()]
    case 1:
      return [newHost(), ...hosts.filter((_, n) => n !== at)]
    case 2:
      return hosts.map((host, n) => (n === at ? { ...host, weight: host.weight + 1 } : host))
    case 3:
      return [...hosts.slice(at), ...hosts.slice(0, at)]
    case 4:
      return hosts.map((host, n) => (n === at ? newHost() : host))
    default:
      // Described anew, alike.
      return hosts.map((host) => ({ ...host }))
  }
}

test('hosts told in short: what is unchanged is not told', () => {
  const sent = new SentHosts('app', new HostDifferences())
  const hosts = Array.from({ length: 200 }, () => newHost())
  expect(sent.next({ hosts, policy: POLICY, flags: new Map() }).kind).toBe('hosts.set')
  const order = sent.next({ hosts: [...hosts.slice(1), newHost()], policy: POLICY, flags: new Map() })
  if (order.kind !== 'hosts.update') throw new Error(order.kind)
  expect(readHosts(order).hosts.map(({ snapshot }) => snapshot.id)).toEqual([lastId])
  expect([...order.removed]).toEqual([hosts[0]!.id])
  sent.forget()
  expect(sent.next({ hosts, policy: POLICY, flags: new Map() }).kind).toBe('hosts.set')
})
