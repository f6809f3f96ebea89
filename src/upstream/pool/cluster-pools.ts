/**
 * The pools of one kind of one cluster on one thread: one for each host and priority, or several where what different
 * downstream connections want must not meet.
 */
import type { Connection, UpstreamSource } from '../../api/network.ts'
import type { Host, LoadBalancerContext, ResourcePriority } from '../../api/upstream.ts'
import type { EndpointHost } from '../endpoint-host.ts'
import type { SharedResourceManager } from '../circuit-breakers/resource-manager.ts'
import type { ConnectionPool, PoolClient, PoolWaiter } from './connection-pool.ts'
import { Divisions } from './divisions.ts'
import type { PoolContext } from './pool-context.ts'
import type { PoolSockets } from './pool-sockets.ts'
import { socketsOf } from './pool-sockets.ts'
import { contextWithSource, keyOfSource, upstreamSourceOf } from './upstream-source.ts'

/** What is done to a pool whatever it is of. */
type AnyPool = Pick<
  ConnectionPool<PoolClient, PoolWaiter>,
  'resources' | 'sharedObjects' | 'share' | 'drain' | 'drainConnections' | 'closeConnections' | 'onEmpty'
>

interface HostPools<Pool> {
  default: Pool | undefined
  high: Pool | undefined
  /** As Envoy has it, one without connections is gone; here it is kept for whoever makes one again, and not counted. */
  readonly spare: Record<ResourcePriority, Pool | undefined>
  /** Those that are for some downstream connections only, by priority and what tells them apart. */
  keyed: Map<string, Pool> | undefined
}

export interface ClusterPoolsDeps<Pool> {
  readonly context: PoolContext
  readonly resources: Readonly<Record<ResourcePriority, SharedResourceManager>>
  /** No two downstream connections share a pool. */
  readonly perDownstream: boolean
  /** Circuit breakers limit how many there are. */
  readonly limited: boolean
  readonly create: (
    context: PoolContext,
    resources: SharedResourceManager,
    host: EndpointHost,
    sockets: PoolSockets,
  ) => Pool
}

export class ClusterPools<Pool extends AnyPool> {
  readonly #deps: ClusterPoolsDeps<Pool>
  readonly #perDownstream: boolean
  readonly #byHost = new Map<Host, HostPools<Pool>>()
  readonly #divisions = new Divisions()

  constructor(deps: ClusterPoolsDeps<Pool>) {
    this.#deps = deps
    this.#perDownstream = deps.perDownstream
  }

  /** undefined: there may be no more. */
  get(host: EndpointHost, priority: ResourcePriority, context: LoadBalancerContext): Pool | undefined {
    let pools = this.#byHost.get(host)
    if (pools === undefined) {
      pools = noPools()
      this.#byHost.set(host, pools)
    }
    const source = upstreamSourceOf(context)
    const shared = context.streamInfo?.sharedWithUpstream
    let pool: Pool | undefined | 'any' = 'any'
    if (this.#perDownstream || source !== undefined || host.transport !== undefined || shared !== undefined) {
      const division = shared === undefined ? '' : this.#divisions.keyOf(shared)
      pool = this.#getKeyed(pools, host, priority, context.downstreamConnection, source, division)
    }
    if (pool === 'any') pool = pools[priority] ??= this.#getShared(pools, host, priority)
    if (pool !== undefined && pool.sharedObjects !== shared) pool.share(shared)
    return pool
  }

  /** Idle connections of these hosts close, busy ones after their streams; nothing new comes to them. */
  drain(hosts: Iterable<Host>): void {
    for (const host of hosts) {
      const pools = this.#byHost.get(host)
      if (pools === undefined) continue
      this.#byHost.delete(host)
      const none = noPools<Pool>()
      for (const pool of allOf(pools)) {
        pool.drain()
        this.#leave(none, pool)
      }
    }
  }

  drainAll(): void {
    this.drain(this.#byHost.keys())
  }

  /** What is connected to the host goes, as far as it is not busy. */
  drainConnections(host: Host): void {
    const pools = this.#byHost.get(host)
    if (pools !== undefined) for (const pool of allOf(pools)) pool.drainConnections()
  }

  /** All that is connected to the host goes, also what is busy. */
  closeConnections(host: Host): void {
    const pools = this.#byHost.get(host)
    if (pools !== undefined) for (const pool of allOf(pools)) pool.closeConnections()
  }

  #getKeyed(
    pools: HostPools<Pool>,
    host: EndpointHost,
    priority: ResourcePriority,
    downstream: Connection | undefined,
    source: UpstreamSource | undefined,
    division: string,
  ): Pool | undefined | 'any' {
    const own = this.#perDownstream ? String(downstream?.id ?? '') : ''
    const transport = downstream === undefined ? '' : (host.transport?.poolKey(downstream) ?? '')
    if (own === '' && transport === '' && source === undefined && division === '') return 'any'
    const key = `${priority} ${own} ${source === undefined ? '' : keyOfSource(source)} ${division} ${transport}`
    const keyed = (pools.keyed ??= new Map())
    const known = keyed.get(key)
    if (known !== undefined) return known
    if (!this.#enter(priority)) return undefined
    const pool = this.#create(host, priority, downstream, source)
    keyed.set(key, pool)
    // Downstream connections come and go, and their pools with them.
    pool.onEmpty = () => {
      if (keyed.get(key) !== pool || !keyed.delete(key)) return
      if (this.#byHost.get(host) === pools) this.#leave(pools, pool)
    }
    return pool
  }

  #getShared(pools: HostPools<Pool>, host: EndpointHost, priority: ResourcePriority): Pool | undefined {
    if (!this.#enter(priority)) return undefined
    const { spare } = pools
    const pool = spare[priority] ?? this.#create(host, priority, undefined, undefined)
    spare[priority] = undefined
    if (!this.#deps.limited) return pool
    pool.onEmpty ??= () => {
      if (pools[priority] !== pool || this.#byHost.get(host) !== pools) return
      pools[priority] = undefined
      spare[priority] = pool
      this.#leave(pools, pool)
    }
    return pool
  }

  #create(
    host: EndpointHost,
    priority: ResourcePriority,
    downstream: Connection | undefined,
    source: UpstreamSource | undefined,
  ): Pool {
    const { context, resources, create } = this.#deps
    return create(contextWithSource(context, source), resources[priority], host, socketsOf(host, downstream))
  }

  /** Counts a pool; false: there may be no more. */
  #enter(priority: ResourcePriority): boolean {
    const { context, limited, resources } = this.#deps
    if (!limited) return true
    const { connectionPools } = resources[priority]
    if (connectionPools.canCreate()) {
      connectionPools.inc()
      return true
    }
    context.stats.upstream_cx_pool_overflow.inc()
    return false
  }

  /** `pools` are those of its host without it; with the last one, Envoy shows the limits of both priorities. */
  #leave(pools: HostPools<Pool>, pool: Pool): void {
    const { limited, resources } = this.#deps
    if (!limited) return
    pool.resources.connectionPools.dec()
    if (isEmpty(pools)) for (const { connectionPools } of Object.values(resources)) connectionPools.show()
  }
}

function noPools<Pool>(): HostPools<Pool> {
  return { default: undefined, high: undefined, spare: { default: undefined, high: undefined }, keyed: undefined }
}

function isEmpty<Pool>({ default: normal, high, keyed }: HostPools<Pool>): boolean {
  return normal === undefined && high === undefined && (keyed?.size ?? 0) === 0
}

function allOf<Pool>({ default: normal, high, keyed }: HostPools<Pool>): readonly Pool[] {
  return [normal, high, ...(keyed?.values() ?? [])].filter((pool) => pool !== undefined)
}
