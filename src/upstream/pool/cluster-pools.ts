/**
 * The HTTP pools of one cluster on one thread: one for each host and priority, or several where requests of different
 * downstream connections must not meet.
 */
import type { Connection, UpstreamSource } from '../../api/network.ts'
import type { Host, LoadBalancerContext, ResourcePriority } from '../../api/upstream.ts'
import type { EndpointHost } from '../endpoint-host.ts'
import type { SharedResourceManager } from '../circuit-breakers/resource-manager.ts'
import type { PoolLoad } from './http1-pool.ts'
import { Http1Pool } from './http1-pool.ts'
import { Divisions } from './divisions.ts'
import type { PoolContext } from './pool-context.ts'
import { socketsOf } from './pool-sockets.ts'
import { contextWithSource, keyOfSource, upstreamSourceOf } from './upstream-source.ts'

interface HostPools {
  default: Http1Pool | undefined
  high: Http1Pool | undefined
  /** Those that are for some downstream connections only, by priority and what tells them apart. */
  keyed: Map<string, Http1Pool> | undefined
}

export class ClusterPools {
  readonly #context: PoolContext
  readonly #resources: Readonly<Record<ResourcePriority, SharedResourceManager>>
  readonly #perDownstream: boolean
  readonly #byHost = new Map<Host, HostPools>()
  readonly #divisions = new Divisions()

  /** `perDownstream`: no two downstream connections share a pool. */
  constructor(
    context: PoolContext,
    resources: Readonly<Record<ResourcePriority, SharedResourceManager>>,
    perDownstream: boolean,
  ) {
    this.#context = context
    this.#resources = resources
    this.#perDownstream = perDownstream
  }

  /** undefined: there may be no more. */
  get(host: EndpointHost, priority: ResourcePriority, context: LoadBalancerContext): Http1Pool | undefined {
    let pools = this.#byHost.get(host)
    if (pools === undefined) {
      pools = { default: undefined, high: undefined, keyed: undefined }
      this.#byHost.set(host, pools)
    }
    const source = upstreamSourceOf(context)
    const shared = context.streamInfo?.sharedWithUpstream
    let pool: Http1Pool | undefined | 'any' = 'any'
    if (this.#perDownstream || source !== undefined || host.transport !== undefined || shared !== undefined) {
      const division = shared === undefined ? '' : this.#divisions.keyOf(shared)
      pool = this.#getKeyed(pools, host, priority, context.downstreamConnection, source, division)
    }
    if (pool === 'any') pool = pools[priority] ??= this.#create(host, priority, undefined, undefined)
    if (pool !== undefined && pool.sharedObjects !== shared) pool.share(shared)
    return pool
  }

  /** Of all hosts together. */
  get load(): PoolLoad {
    let [waiting, active, free] = [0, 0, 0]
    for (const pools of this.#byHost.values()) {
      for (const { load } of allOf(pools)) {
        waiting += load.waiting
        active += load.active
        free += load.free
      }
    }
    return { waiting, active, free }
  }

  /** Idle connections of these hosts close, busy ones after their streams; nothing new comes to them. */
  drain(hosts: Iterable<Host>): void {
    for (const host of hosts) {
      const pools = this.#byHost.get(host)
      if (pools === undefined) continue
      this.#byHost.delete(host)
      for (const pool of allOf(pools)) {
        pool.drain()
        pool.resources.connectionPools.dec()
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

  #getKeyed(
    pools: HostPools,
    host: EndpointHost,
    priority: ResourcePriority,
    downstream: Connection | undefined,
    source: UpstreamSource | undefined,
    division: string,
  ): Http1Pool | undefined | 'any' {
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
      if (this.#byHost.get(host) === pools) pool.resources.connectionPools.dec()
    }
    return pool
  }

  #create(
    host: EndpointHost,
    priority: ResourcePriority,
    downstream: Connection | undefined,
    source: UpstreamSource | undefined,
  ): Http1Pool | undefined {
    const resources = this.#resources[priority]
    if (!resources.connectionPools.canCreate()) {
      this.#context.stats.upstream_cx_pool_overflow.inc()
      return undefined
    }
    resources.connectionPools.inc()
    return new Http1Pool(contextWithSource(this.#context, source), resources, host, socketsOf(host, downstream))
  }
}

function allOf({ default: normal, high, keyed }: HostPools): readonly Http1Pool[] {
  return [normal, high, ...(keyed?.values() ?? [])].filter((pool) => pool !== undefined)
}
