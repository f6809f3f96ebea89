/**
 * Type LOGICAL_DNS: one host with all addresses of its name. When they change another host takes its place, and connections to
 * the old one end (Envoy's DnsClusterImpl, the one implementation of both types since 1.39). An empty answer counts as a
 * failure and changes nothing.
 */
import { parseIpAddress } from '../../network/address.ts'
import type { EndpointConfig, LocalityEndpoints } from '../config/load-assignment.ts'
import type { HostDescription } from '../host-snapshot.ts'
import type { Discovery } from '../manager/discovery.ts'
import type { MainCluster } from '../manager/main-cluster.ts'
import type { DnsResult } from './dns-resolver.ts'
import { countLiteral, hostnameOfLiteral } from './resolved-literal.ts'
import type { ResolvedNameDeps } from './resolved-name.ts'
import { ResolvedName } from './resolved-name.ts'

export class LogicalDnsDiscovery implements Discovery {
  readonly #cluster: MainCluster
  readonly #locality: LocalityEndpoints | undefined
  readonly #endpoint: EndpointConfig | undefined
  readonly #name: ResolvedName | undefined
  #host: HostDescription | undefined = undefined
  #onReady: () => void = () => undefined

  constructor(cluster: MainCluster, deps: ResolvedNameDeps) {
    this.#cluster = cluster
    this.#locality = cluster.config.loadAssignment.localities[0]
    this.#endpoint = this.#locality?.endpoints[0]
    const address = this.#endpoint?.address
    if (address?.kind !== 'name') return
    this.#name = new ResolvedName(address.host, cluster.config.dns, cluster.stats, deps, {
      onAnswer: (result) => this.#update(result, address.host, address.port),
      onAttempted: () => this.#onReady(),
    })
  }

  start(onReady: () => void): void {
    this.#onReady = onReady
    if (this.#name !== undefined) return this.#name.lookUp()
    const endpoint = this.#endpoint
    if (endpoint !== undefined && endpoint.address.kind !== 'name') {
      countLiteral(this.#cluster.stats)
      this.#place(endpoint.address, NO_OTHERS, hostnameOfLiteral(endpoint.hostname, endpoint.address))
    }
    onReady()
  }

  close(): void {
    this.#name?.close()
  }

  #update(result: Extract<DnsResult, { status: 'completed' }>, name: string, port: number): boolean {
    const [first, ...additionalAddresses] = result.addresses.map(({ ip }) => parseIpAddress(ip, port))
    if (first === undefined) return false
    const fallbackAddresses = result.alternates.map((ip) => parseIpAddress(ip, port))
    this.#place(first, { additionalAddresses, fallbackAddresses }, this.#endpoint?.hostname || name)
    return true
  }

  #place(address: HostDescription['address'], others: OtherAddresses, hostname: string): void {
    const endpoint = this.#endpoint
    const locality = this.#locality
    if (endpoint === undefined || locality === undefined) return
    const before = this.#host
    if (before?.address.text === address.text && sameTexts(before, others)) {
      this.#cluster.countSocketMatch(before)
      return this.#cluster.stats.update_no_rebuild.inc()
    }
    const { endpoints: _, ...place } = locality
    this.#host = this.#cluster.createHost({ ...endpoint, hostname, address, ...others, ...place })
    this.#cluster.setHosts([this.#host])
  }
}

type OtherAddresses = Pick<HostDescription, 'additionalAddresses' | 'fallbackAddresses'>

const NO_OTHERS: OtherAddresses = { additionalAddresses: [], fallbackAddresses: [] }

function sameTexts(a: OtherAddresses, b: OtherAddresses): boolean {
  return textOf(a) === textOf(b)
}

function textOf({ additionalAddresses = [], fallbackAddresses }: OtherAddresses): string {
  return [...additionalAddresses, ...fallbackAddresses].map(({ text }) => text).join()
}
