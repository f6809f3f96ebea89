/** Circuit breakers of a cluster for one priority, shared by all workers through atomics. */
import type { Resource, ResourceManager, ResourcePriority } from '../../api/upstream.ts'
import type { Thresholds } from '../config/circuit-breakers.ts'
import type { ResourceName } from '../shared-layout.ts'
import { RESOURCE, RESOURCES_PER_PRIORITY } from '../shared-layout.ts'
import { BudgetedRetries } from './budgeted-retries.ts'
import type { SharedResourceDeps } from './shared-resource.ts'
import { SharedResource } from './shared-resource.ts'

export interface ResourceManagerDeps extends SharedResourceDeps {
  /** `circuit_breakers.<cluster>.<priority>.`: the runtime may change limits below this. */
  readonly runtimePrefix: string
}

export class SharedResourceManager implements ResourceManager {
  readonly connections: SharedResource
  readonly pendingRequests: SharedResource
  readonly requests: SharedResource
  readonly retries: Resource
  readonly connectionPools: SharedResource

  constructor(deps: ResourceManagerDeps, priority: ResourcePriority, thresholds: Thresholds) {
    const { runtime, runtimePrefix } = deps
    const base = priority === 'default' ? 0 : RESOURCES_PER_PRIORITY
    const make = (name: ResourceName, max: number, key: string) =>
      new SharedResource(deps, base + RESOURCE[name], max, runtimePrefix + key, thresholds.trackRemaining)
    this.connections = make('connections', thresholds.maxConnections, 'max_connections')
    this.pendingRequests = make('pendingRequests', thresholds.maxPendingRequests, 'max_pending_requests')
    this.requests = make('requests', thresholds.maxRequests, 'max_requests')
    this.connectionPools = make('connectionPools', thresholds.maxConnectionPools, 'max_connection_pools')
    this.retries = new BudgetedRetries({
      runtime,
      runtimePrefix: `${runtimePrefix}retry_budget.`,
      retries: make('retries', thresholds.maxRetries, 'max_retries'),
      requests: this.requests,
      pendingRequests: this.pendingRequests,
      budget: thresholds.retryBudget,
    })
  }
}
