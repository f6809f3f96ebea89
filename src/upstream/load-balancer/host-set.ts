/** The hosts of one priority on one thread: an immutable snapshot. */
import type { EndpointHost } from '../endpoint-host.ts'
import type { Health } from '../host-snapshot.ts'

export interface WeightedHost {
  readonly host: EndpointHost
  readonly weight: number
  readonly health: Health
}

export class HostSet {
  readonly all: readonly WeightedHost[]
  readonly healthy: readonly WeightedHost[]
  readonly degraded: readonly WeightedHost[]

  constructor(all: readonly WeightedHost[]) {
    this.all = all
    const healthy = all.filter(({ health }) => health === 'healthy')
    // Usually everything is healthy: then the lists are one, and so are the schedulers over them.
    this.healthy = healthy.length === all.length ? all : healthy
    this.degraded = all.filter(({ health }) => health === 'degraded')
  }
}
