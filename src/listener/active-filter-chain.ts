/** A filter chain on one worker: what makes the filters of its connections, and whether these drain. */
import type { FactoryContext } from '../api/extension.ts'
import type { NetworkFilterFactory } from '../api/network.ts'
import type { DownstreamTransportSockets } from '../api/transport-socket.ts'
import type { FilterChainDescription, ListenerDescription } from '../api/stream-info.ts'
import { DrainState } from './drain-state.ts'
import type { Matchable } from './filter-chain-match.ts'
import type { FilterChainConfig } from './listener-config.ts'
import { createNetworkFilter } from './network-filter-config.ts'

export interface ActiveFilterChain extends Matchable {
  readonly description: FilterChainDescription
  readonly factories: readonly NetworkFilterFactory[]
  /** What stands between the sockets of its connections and the filters. */
  readonly transport: DownstreamTransportSockets | undefined
  readonly drain: DrainState
  /** Chains with the same text are the same chain. */
  readonly text: string
}

export interface FilterChainDeps {
  readonly listener: ListenerDescription
  /** With the listener's scope and direction; each chain gets its own `drain`. */
  readonly context: FactoryContext
  readonly drainTimeS: number
  readonly drainStrategy: 'gradual' | 'immediate'
  readonly drainType: 'DEFAULT' | 'MODIFY_ONLY'
}

export function createActiveFilterChain(config: FilterChainConfig, deps: FilterChainDeps): ActiveFilterChain {
  const { dispatcher, health, random } = deps.context
  const drain = new DrainState(
    {
      dispatcher,
      health,
      random: () => random.float(),
      drainTimeS: deps.drainTimeS,
      strategy: deps.drainStrategy,
    },
    deps.drainType,
  )
  const context: FactoryContext = { ...deps.context, drain }
  return {
    description: { name: config.name, metadata: config.metadata, listener: deps.listener },
    match: config.match,
    factories: config.filters.map((filter) => createNetworkFilter(filter, context)),
    transport: config.transport?.extension.create(config.transport.config, context),
    drain,
    text: config.text,
  }
}
