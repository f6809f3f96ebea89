/**
 * Type STRICT_DNS: every address of every name is a host. An empty answer removes the hosts of its name; a failed lookup
 * changes nothing.
 */
import type { IpAddress } from '../../api/network.ts'
import { parseIpAddress } from '../../network/address.ts'
import type { EndpointConfig, LocalityEndpoints } from '../config/load-assignment.ts'
import type { HostDescription } from '../host-snapshot.ts'
import type { Discovery } from '../manager/discovery.ts'
import type { MainCluster } from '../manager/main-cluster.ts'
import type { DnsResult } from './dns-resolver.ts'
import { countLiteral, hostnameOfLiteral } from './resolved-literal.ts'
import type { ResolvedNameDeps } from './resolved-name.ts'
import { ResolvedName } from './resolved-name.ts'

/** One configured endpoint, and its hosts. */
interface Target {
  hosts: readonly HostDescription[]
  /** A name to look up, or the host whose address is given as it is. */
  readonly from: ResolvedName | HostDescription
}

/** So many addresses are an update each; the rest is one, as each makes all tables of the cluster anew. */
const OWN_UPDATES = 100

export class StrictDnsDiscovery implements Discovery {
  readonly #cluster: MainCluster
  readonly #deps: ResolvedNameDeps
  readonly #targets: Target[] = []
  #onReady: () => void = () => undefined

  constructor(cluster: MainCluster, deps: ResolvedNameDeps) {
    this.#cluster = cluster
    this.#deps = deps
    for (const locality of cluster.config.loadAssignment.localities) {
      for (const endpoint of locality.endpoints) this.#targets.push(this.#createTarget(endpoint, locality))
    }
  }

  start(onReady: () => void): void {
    this.#onReady = onReady
    if (this.#targets.length === 0) onReady()
    let addresses = 0
    for (const target of this.#targets) {
      if (target.from instanceof ResolvedName) {
        target.from.lookUp()
        continue
      }
      target.hosts = [target.from]
      // With one answer the cluster is ready, as in Envoy, and an address is an answer of its own. What follows are updates.
      if (++addresses <= OWN_UPDATES) this.#publish()
      this.#onReady()
    }
    if (addresses > OWN_UPDATES) this.#publish()
  }

  close(): void {
    for (const { from } of this.#targets) if (from instanceof ResolvedName) from.close()
  }

  #createTarget(endpoint: EndpointConfig, locality: LocalityEndpoints): Target {
    const { address } = endpoint
    if (address.kind !== 'name') {
      const hostname = hostnameOfLiteral(endpoint.hostname, address)
      const place = placeOf(locality)
      const host = this.#cluster.createHost({ ...endpoint, hostname, ...place, address, fallbackAddresses: [] })
      this.#cluster.stats.max_host_weight.set(endpoint.weight)
      countLiteral(this.#cluster.stats)
      return { hosts: [], from: host }
    }
    const target: Target = {
      hosts: [],
      from: new ResolvedName(address.host, this.#cluster.config.dns, this.#cluster.stats, this.#deps, {
        onAnswer: (result) => {
          this.#update(target, endpoint, locality, result)
          return true
        },
        onAttempted: () => this.#onReady(),
      }),
    }
    return target
  }

  #update(
    target: Target,
    endpoint: EndpointConfig,
    locality: LocalityEndpoints,
    result: Extract<DnsResult, { status: 'completed' }>,
  ): void {
    const { address } = endpoint
    if (address.kind !== 'name') return
    const before = new Map(target.hosts.map((host) => [host.address.text, host]))
    const now = new Map<string, HostDescription>()
    const fallbackAddresses = result.alternates.map((ip) => parseIpAddress(ip, address.port))
    for (const { ip } of result.addresses) {
      const found: IpAddress = parseIpAddress(ip, address.port)
      if (now.has(found.text)) continue
      const known = before.get(found.text)
      if (known === undefined) {
        const hostname = endpoint.hostname || address.host
        const host = { ...endpoint, hostname, ...placeOf(locality), address: found, fallbackAddresses }
        now.set(found.text, this.#cluster.createHost(host))
      } else {
        this.#cluster.countSocketMatch(known)
        now.set(found.text, known)
      }
    }
    this.#cluster.stats.max_host_weight.set(now.size === 0 ? 1 : endpoint.weight)
    const isNew = now.size !== before.size || [...now.keys()].some((text) => !before.has(text))
    if (isNew) target.hosts = [...now.values()]
    // Hosts that are gone stay as long as their checks pass, which may have changed.
    if ((!isNew && !this.#hasGoneHosts()) || !this.#publish()) this.#cluster.stats.update_no_rebuild.inc()
  }

  #hasGoneHosts(): boolean {
    return this.#cluster.hosts.length > this.#targets.reduce((total, { hosts }) => total + hosts.length, 0)
  }

  /** False: nothing is different. */
  #publish(): boolean {
    return this.#cluster.setHosts(this.#targets.flatMap(({ hosts }) => hosts))
  }
}

function placeOf(place: LocalityEndpoints): Omit<LocalityEndpoints, 'endpoints'> {
  const { locality, localityWeight, priority, localityMetadata } = place
  return { locality, localityWeight, priority, localityMetadata }
}
