/**
 * Requests name the hosts that they want, in order: each attempt takes the next one that the cluster has, whatever its health.
 * When the names are used up another policy chooses.
 */
import type { FilterStateObject, StreamInfo } from '../../api/stream-info.ts'
import type { LoadBalancerContext } from '../../api/upstream.ts'
import { valueAtPath } from '../../config/matchers/metadata-matcher.ts'
import type { OverrideHostPolicy, OverrideHostSource } from '../config/policies/policy.ts'
import type { EndpointHost } from '../endpoint-host.ts'
import type { Balancer } from './balancer.ts'
import type { HostSet } from './host-set.ts'
import type { PriorityChoice } from './priority-choice.ts'

/** Name of the object that goes along with a stream. */
const STATE = 'envoy.load_balancing_policies.override_host'

export class OverrideHostBalancer implements Balancer {
  readonly #policy: OverrideHostPolicy
  readonly #fallback: Balancer
  readonly #hosts: ReadonlyMap<string, EndpointHost>

  constructor(policy: OverrideHostPolicy, sets: readonly HostSet[], fallback: Balancer) {
    this.#policy = policy
    this.#fallback = fallback
    const hosts = sets.flatMap(({ all }) => all.map(({ host }) => host))
    this.#hosts = new Map(hosts.map((host) => [host.address.text, host]))
  }

  choose(context: LoadBalancerContext, at?: PriorityChoice): EndpointHost | undefined {
    const { streamInfo } = context
    if (streamInfo === undefined) return this.#fallback.choose(context, at)
    const host = this.#named(context, streamInfo) ?? this.#fallback.choose(context, at)
    if (host !== undefined) this.#leaveKey(streamInfo, host.address.text)
    return host
  }

  onLocalClusterChanged(): void {
    this.#fallback.onLocalClusterChanged?.()
  }

  #named(context: LoadBalancerContext, { filterState }: StreamInfo): EndpointHost | undefined {
    let state = filterState.get(STATE)
    // Nobody else leaves anything under this name.
    if (!(state instanceof NamedHosts)) filterState.set(STATE, (state = new NamedHosts(this.#names(context))))
    const names = state as NamedHosts
    for (let name = names.take(); name !== undefined; name = names.take()) {
      const host = this.#hosts.get(name)
      if (host !== undefined) return host
    }
    return undefined
  }

  #names(context: LoadBalancerContext): readonly string[] {
    return this.#policy.sources.flatMap((source) =>
      (textOf(source, context) ?? '')
        .split(',')
        .map((name) => name.trim())
        .filter((name) => name !== ''),
    )
  }

  #leaveKey(streamInfo: StreamInfo, address: string): void {
    const key = this.#policy.selectedHostKey
    if (key === undefined) return
    let value: unknown = address
    for (const segment of key.path.toReversed()) value = { [segment]: value }
    // A path has one segment at least.
    streamInfo.setDynamicMetadata(key.filter, value as Readonly<Record<string, unknown>>)
  }
}

function textOf(source: OverrideHostSource, context: LoadBalancerContext): string | undefined {
  if (source.kind === 'header') return context.requestHeaders?.getAll(source.name)[0]
  const metadata = context.streamInfo?.dynamicMetadata?.get(source.key.filter)
  const value = valueAtPath(metadata, source.key.path)
  return typeof value === 'string' ? value : undefined
}

class NamedHosts implements FilterStateObject {
  readonly #names: readonly string[]
  #next = 0

  constructor(names: readonly string[]) {
    this.#names = names
  }

  take(): string | undefined {
    return this.#names[this.#next++]
  }

  serializeAsString(): string | undefined {
    return undefined
  }
}
