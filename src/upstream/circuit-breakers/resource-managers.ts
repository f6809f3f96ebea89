/** The circuit breakers of both priorities; main thread and workers make the same ones over the same numbers. */
import type { Runtime } from '../../api/runtime.ts'
import type { ResourcePriority } from '../../api/upstream.ts'
import type { SharedCounters } from '../../stats/shared-counters.ts'
import type { CircuitBreakers } from '../config/circuit-breakers.ts'
import { SharedResourceManager } from './resource-manager.ts'

export type ResourceManagers = Readonly<Record<ResourcePriority, SharedResourceManager>>

export function createResourceManagers(
  settings: { readonly name: string; readonly circuitBreakers: CircuitBreakers },
  deps: { readonly runtime: Runtime; readonly resources: SharedCounters },
): ResourceManagers {
  const { runtime, resources: counters } = deps
  const make = (priority: ResourcePriority) => {
    const runtimePrefix = `circuit_breakers.${settings.name}.${priority}.`
    return new SharedResourceManager({ runtime, counters, runtimePrefix }, priority, settings.circuitBreakers[priority])
  }
  return { default: make('default'), high: make('high') }
}
