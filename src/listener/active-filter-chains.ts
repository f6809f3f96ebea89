/**
 * The filter chains of one generation of a listener on one worker: which of them takes a connection, which drain, and
 * which an update took away (in Envoy, FilterChainManagerImpl and the draining of ActiveStreamListenerBase).
 */
import type { SocketConnection } from '../network/connection.ts'
import type { ActiveFilterChain, FilterChainDeps } from './active-filter-chain.ts'
import { createActiveFilterChain } from './active-filter-chain.ts'
import { findFilterChain } from './filter-chain-match.ts'
import type { FilterChainMatcher } from './filter-chain-matcher.ts'
import { chainByMatcher } from './filter-chain-matcher.ts'
import type { FilterChainConfig, ListenerConfig } from './listener-config.ts'

export class ActiveFilterChains {
  readonly #deps: FilterChainDeps
  #chains: readonly ActiveFilterChain[]
  #defaultChain: ActiveFilterChain | undefined
  #matcher: FilterChainMatcher | undefined
  /** Those that an update took away, by its group, and whose connections may still be there. */
  readonly #gone = new Map<number, ReadonlySet<ActiveFilterChain>>()

  constructor(config: ListenerConfig, deps: FilterChainDeps) {
    const { filterChains, defaultFilterChain } = config
    this.#deps = deps
    this.#chains = filterChains.map((chain) => createActiveFilterChain(chain, deps))
    this.#defaultChain = defaultFilterChain && createActiveFilterChain(defaultFilterChain, deps)
    this.#matcher = this.#bound(config)
  }

  /** Undefined: none of them takes it. */
  chainOf(connection: SocketConnection): ActiveFilterChain | undefined {
    if (this.#matcher === undefined) return findFilterChain(this.#chains, connection.info) ?? this.#defaultChain
    return chainByMatcher(this.#matcher, this.#chains, this.#defaultChain, connection.streamInfo)
  }

  /** Those of `config` from now on. Chains that stay as they were are kept; returns the others, which drain now. */
  update(config: ListenerConfig, group: number): ReadonlySet<ActiveFilterChain> {
    const { filterChains, defaultFilterChain } = config
    const before = new Map(this.#all().map((chain) => [chain.text, chain]))
    const take = (chain: FilterChainConfig): ActiveFilterChain => {
      const kept = before.get(chain.text)
      before.delete(chain.text)
      return kept ?? createActiveFilterChain(chain, this.#deps)
    }
    this.#chains = filterChains.map(take)
    this.#matcher = this.#bound(config)
    this.#defaultChain = defaultFilterChain && take(defaultFilterChain)
    const gone = new Set(before.values())
    this.#gone.set(group, gone)
    return begunOf(gone)
  }

  /** The drain time of an update is over: the chains that it took away, which are forgotten. */
  remove(group: number): ReadonlySet<ActiveFilterChain> {
    const gone = this.#gone.get(group)
    this.#gone.delete(group)
    return gone ?? NONE
  }

  /** Every chain drains; returns those that did not before. */
  drain(): ReadonlySet<ActiveFilterChain> {
    return begunOf(this.#all())
  }

  #all(): readonly ActiveFilterChain[] {
    return this.#defaultChain === undefined ? this.#chains : [...this.#chains, this.#defaultChain]
  }

  #bound({ filterChainMatcher }: ListenerConfig): FilterChainMatcher | undefined {
    const { runtime, scope } = this.#deps.context
    filterChainMatcher?.bind({ runtime, scope })
    return filterChainMatcher
  }
}

const NONE: ReadonlySet<ActiveFilterChain> = new Set<never>()

/** Begins the drain; those of them that it is new to. */
function begunOf(chains: Iterable<ActiveFilterChain>): ReadonlySet<ActiveFilterChain> {
  return new Set([...chains].filter(({ drain }) => drain.start()))
}
