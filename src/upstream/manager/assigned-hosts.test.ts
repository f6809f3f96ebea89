/* Whatever came before, an assignment leads to the hosts that it names, and hosts that stay keep their numbers. */
import { expect, test } from 'bun:test'
import { parseIpAddress } from '../../network/address.ts'
import type { EndpointConfig, LoadAssignment, LocalityEndpoints } from '../config/load-assignment.ts'
import { NO_ASSIGNMENT } from '../config/load-assignment.ts'
import type { HostDescription } from '../host-snapshot.ts'
import { seeded } from '../load-balancer/testing/test-balancer.ts'
import { AssignedHosts } from './assigned-hosts.ts'
import type { MainCluster, NewHost } from './main-cluster.ts'

/** Of a cluster it needs no more than that. */
class Cluster {
  readonly config = { healthChecks: [] }
  hosts: readonly HostDescription[] = []
  matches = 0
  #lastId = 0

  createHost(host: NewHost): HostDescription {
    this.matches++
    return { ...host, id: ++this.#lastId, healthySinceMs: 0, counters: {} as never }
  }

  countSocketMatch(): void {
    this.matches++
  }
}

/** What an assignment does not say. */
const OWN = { id: 0, healthySinceMs: 0, counters: {}, fallbackAddresses: [] }
const ADDRESSES = Array.from({ length: 12 }, (_, n) => parseIpAddress(`127.0.0.${n}`, 80))
/** Some at the same address. */
const ENDPOINTS = Array.from({ length: 40 }, (_, n): EndpointConfig => {
  return {
    address: n === 7 ? { kind: 'name', host: 'x', port: 1 } : ADDRESSES[n % ADDRESSES.length]!,
    hostname: n % 13 === 0 ? 'other' : '',
    healthStatus: 'UNKNOWN',
    weight: 1 + (n % 3),
    metadata: undefined,
    canary: false,
  }
})

function assignment(u32: () => number, before: LoadAssignment): LoadAssignment {
  // Most of the time little is new.
  const localities = before.localities.map((locality) => ({ ...locality, endpoints: changed(locality.endpoints, u32) }))
  if (u32() % 8 === 0 || localities.length === 0) localities[u32() % (localities.length + 1)] = newLocality(u32)
  return { ...before, localities: u32() % 10 === 0 ? localities.slice(1) : localities }
}

function newLocality(u32: () => number): LocalityEndpoints {
  const locality = { region: `${u32() % 2}`, zone: '', subZone: '' }
  return { locality, localityWeight: u32() % 2, priority: 0, endpoints: changed([], u32) }
}

function changed(endpoints: readonly EndpointConfig[], u32: () => number): readonly EndpointConfig[] {
  const one = ENDPOINTS[u32() % ENDPOINTS.length]!
  switch (u32() % 5) {
    case 0:
      return [...endpoints.slice(1), one]
    case 1:
      return [one, ...endpoints]
    case 2:
      return endpoints.toReversed()
    case 3:
      return endpoints.length > 9 ? endpoints.slice(4) : [...endpoints, one, one]
    default:
      return endpoints
  }
}

test('assigned hosts: those of the endpoints, each address once; who stays keeps its number', () => {
  const { u32 } = seeded(23)
  const cluster = new Cluster()
  const assigned = new AssignedHosts(cluster as unknown as MainCluster)
  let wanted = NO_ASSIGNMENT
  for (let round = 0; round < 2000; round++) {
    wanted = assignment(u32, wanted)
    const before = new Map(cluster.hosts.map((host) => [host.address.text, host]))
    const hosts = assigned.of(wanted)
    const expected = firstOfEachAddress(wanted)
    expect<unknown[]>(hosts.map((host) => ({ ...host, ...OWN }))).toEqual(expected)
    for (const host of hosts) {
      const known = before.get(host.address.text)
      const stays = known?.hostname === host.hostname && known.locality.region === host.locality.region
      expect(stays ? known.id : -1).toBe(stays ? host.id : -1)
      if (!stays) expect(host.id).not.toBe(known?.id ?? 0)
    }
    // Now and then somebody else has a say.
    cluster.hosts = round % 7 === 0 ? hosts.map((host) => ({ ...host, weight: 9 })).slice(1) : hosts
  }
})

function firstOfEachAddress({ localities }: LoadAssignment): unknown[] {
  const hosts = new Map<string, unknown>()
  for (const { endpoints, ...place } of localities) {
    for (const endpoint of endpoints) {
      if (endpoint.address.kind === 'name' || hosts.has(endpoint.address.text)) continue
      hosts.set(endpoint.address.text, { ...endpoint, ...place, ...OWN })
    }
  }
  return [...hosts.values()]
}
