/** The circuit breakers of both priorities; main thread and workers make the same ones over the same numbers. */
import type { Runtime } from '../api/runtime.ts'
import type { Scope } from '../api/stats.ts'
import type { ResourcePriority } from '../api/upstream.ts'
import type { SharedCounters } from '../stats/shared-counters.ts'
import type { CircuitBreakers } from './config/circuit-breakers.ts'
import { SharedResourceManager } from './resource-manager.ts'

export function createResourceManagers(
  settings: { readonly name: string; readonly circuitBreakers: CircuitBreakers },
  clusterScope: Scope,
  deps: { readonly runtime: Runtime; readonly resources: SharedCounters },
): Readonly<Record<ResourcePriority, SharedResourceManager>> {
  const make = (priority: ResourcePriority) =>
    new SharedResourceManager(
      {
        scope: clusterScope,
        runtime: deps.runtime,
        counters: deps.resources,
        runtimePrefix: `circuit_breakers.${settings.name}.${priority}.`,
      },
      priority,
      settings.circuitBreakers[priority],
    )
  return { default: make('default'), high: make('high') }
}
