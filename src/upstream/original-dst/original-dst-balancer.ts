/**
 * Type ORIGINAL_DST on one thread: there is a host wherever a request wants to go. One that is new serves at once; the main
 * thread learns of it, tells all threads, and until it does so only this one knows the host.
 */
import type { IpAddress } from '../../api/network.ts'
import type { LoadBalancerContext } from '../../api/upstream.ts'
import type { OriginalDstBalancing } from '../config/provided-balancing.ts'
import type { EndpointHost } from '../endpoint-host.ts'
import type { Balancer } from '../load-balancer/balancer.ts'
import { originalDestination } from './original-destination.ts'

export interface OriginalDstBalancerDeps {
  /** Somebody asked for what is no address. */
  onInvalid(): void
  createHost(address: IpAddress): EndpointHost
  /** Tells the main thread; `token` is what `adopt` will be given. */
  found(address: IpAddress, token: string): void
  /** Unique over all threads. */
  nextToken(): string
}

export class OriginalDstBalancer implements Balancer {
  readonly #config: OriginalDstBalancing
  readonly #deps: OriginalDstBalancerDeps
  #byAddress = new Map<string, EndpointHost>()
  /** Those that the main thread has not told of yet. */
  readonly #unconfirmed = new Map<string, EndpointHost>()

  constructor(config: OriginalDstBalancing, deps: OriginalDstBalancerDeps) {
    this.#config = config
    this.#deps = deps
  }

  choose(context: LoadBalancerContext): EndpointHost | undefined {
    const address = originalDestination(context, this.#config, () => this.#deps.onInvalid())
    if (address?.kind !== 'ip') return undefined
    return this.#byAddress.get(address.text) ?? this.#add(address)
  }

  /** Of hosts with the same address the first one counts, which another thread may have found. */
  setHosts(hosts: readonly EndpointHost[]): void {
    this.#byAddress = new Map()
    for (const host of [...hosts, ...this.#unconfirmed.values()]) {
      const { text } = host.address
      if (!this.#byAddress.has(text)) this.#byAddress.set(text, host)
    }
  }

  /** The host that was announced so, if it was by this thread. */
  adopt(token: string): EndpointHost | undefined {
    const host = this.#unconfirmed.get(token)
    if (host !== undefined) this.#unconfirmed.delete(token)
    return host
  }

  #add(address: IpAddress): EndpointHost {
    const host = this.#deps.createHost(address)
    const token = this.#deps.nextToken()
    this.#byAddress.set(address.text, host)
    this.#unconfirmed.set(token, host)
    this.#deps.found(address, token)
    return host
  }
}
