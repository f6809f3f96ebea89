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
      pools = { default: undefined, high: undefined, keyed: undefined }
      this.#byHost.set(host, pools)
    }
    const source = upstreamSourceOf(context)
    const shared = context.streamInfo?.sharedWithUpstream
    let pool: Pool | undefined | 'any' = 'any'
    if (this.#perDownstream || source !== undefined || host.transport !== undefined || shared !== undefined) {
      const division = shared === undefined ? '' : this.#divisions.keyOf(shared)
      pool = this.#getKeyed(pools, host, priority, context.downstreamConnection, source, division)
    }
    if (pool === 'any') pool = pools[priority] ??= this.#create(host, priority, undefined, undefined)
    if (pool !== undefined && pool.sharedObjects !== shared) pool.share(shared)
    return pool
  }

  /** Idle connections of these hosts close, busy ones after their streams; nothing new comes to them. */
  drain(hosts: Iterable<Host>): void {
    for (const host of hosts) {
      const pools = this.#byHost.get(host)
      if (pools === undefined) continue
      this.#byHost.delete(host)
      for (const pool of allOf(pools)) {
        pool.drain()
        this.#leave(pool)
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
    const pool = this.#create(host, priority, downstream, source)
    if (pool === undefined) return undefined
    keyed.set(key, pool)
    // Downstream connections come and go, and their pools with them.
    pool.onEmpty = () => {
      if (keyed.get(key) !== pool || !keyed.delete(key)) return
      if (this.#byHost.get(host) === pools) this.#leave(pool)
    }
    return pool
  }

  #create(
    host: EndpointHost,
    priority: ResourcePriority,
    downstream: Connection | undefined,
    source: UpstreamSource | undefined,
  ): Pool | undefined {
    const { context, limited, create } = this.#deps
    const resources = this.#deps.resources[priority]
    if (limited && !resources.connectionPools.canCreate()) {
      context.stats.upstream_cx_pool_overflow.inc()
      return undefined
    }
    if (limited) resources.connectionPools.inc()
    return create(contextWithSource(context, source), resources, host, socketsOf(host, downstream))
  }

  #leave(pool: Pool): void {
    if (this.#deps.limited) pool.resources.connectionPools.dec()
  }
}

function allOf<Pool>({ default: normal, high, keyed }: HostPools<Pool>): readonly Pool[] {
  return [normal, high, ...(keyed?.values() ?? [])].filter((pool) => pool !== undefined)
}
