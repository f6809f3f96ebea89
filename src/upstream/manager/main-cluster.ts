/** A cluster on the main thread: its hosts, its statistics, and the orders that tell the other threads of it. */
import type { AccessLogFile, AccessLogFiles } from '../../api/access-log.ts'
import type { Dispatcher, Random, Timer } from '../../api/event.ts'
import type { Runtime } from '../../api/runtime.ts'
import type { Counter, Scope } from '../../api/stats.ts'
import type { Locality } from '../../api/upstream.ts'
import type { ClusterOrder } from '../../api/worker.ts'
import type { SharedBlock, SharedCounterAllocator } from '../../stats/shared-counters.ts'
import { SharedCounters } from '../../stats/shared-counters.ts'
import type { ClusterConfig } from '../cluster-config.ts'
import type { UpdateStats } from '../cluster-stats.ts'
import { createUpdateStats } from '../cluster-stats.ts'
import type { HostsSource } from '../announced-hosts.ts'
import type { AssignmentPolicy, HostDescription } from '../host-snapshot.ts'
import { healthOf, isExcluded } from '../health-flags.ts'
import type { HostsState } from './sent-hosts.ts'
import { isSamePolicy, SentHosts } from './sent-hosts.ts'
import { HostDifferences, NO_DIFFERENCE } from './host-difference.ts'
import type { HostDifference } from './host-difference.ts'
import type { OrcaWeighting } from '../config/policies/policy.ts'
import { orcaWeightingOf, withOrcaWeights } from '../orca/orca-weights.ts'
import { socketMatchOf } from '../transport/transport-config.ts'
import type { TransportConfig } from '../transport/transport-config.ts'
import type { Transports } from '../transport/transports.ts'
import type { Connect } from '../pool/upstream-connection.ts'
import { BreakerGauges } from '../circuit-breakers/breaker-gauges.ts'
import type { ResourceManagers } from '../circuit-breakers/resource-managers.ts'
import { createResourceManagers } from '../circuit-breakers/resource-managers.ts'
import { HOST_COUNTERS, RESOURCE_SLOTS } from '../shared-layout.ts'
import type { ThreadClusterShared } from '../thread-settings.ts'
import { commonClusterSettings } from '../thread-settings.ts'
import { ClusterHealth } from './cluster-health.ts'
import type { ClusterMessage } from './cluster-message.ts'
import type { ClusterManagerStats } from './cluster-manager-stats.ts'
import { ClusterLoad } from './cluster-load.ts'
import { MergeWindow } from './merge-window.ts'
import type { RetiredCounters } from './retired-counters.ts'

export interface MainClusterDeps {
  readonly scope: Scope
  readonly runtime: Runtime
  readonly shared: SharedCounterAllocator
  readonly retired: RetiredCounters
  /** Milliseconds. */
  wallNow(): number
  /** Unique host numbers. */
  nextHostId(): number
  /** To every thread, this one included, which can have the cluster's hosts from `hosts` whenever it needs them. */
  send(order: ClusterOrder, hosts?: HostsSource): void
  readonly managerStats: ClusterManagerStats
  readonly dispatcher: Dispatcher
  readonly random: Random
  readonly connect: Connect
  /** Where the proxy is. */
  readonly locality: Locality | undefined
  /** The sockets that health checks use; undefined: bytes pass as they are. */
  readonly transports?: ((config: TransportConfig, scope: Scope) => Transports) | undefined
  readonly files: AccessLogFiles
  /** Where ejections of hosts are written down. */
  readonly outlierLog: AccessLogFile | undefined
}

/** A host before it has a number and counters. */
export type NewHost = Omit<HostDescription, 'id' | 'counters' | 'healthySinceMs'>

/** Where a cluster comes from. */
export interface ClusterOrigin {
  readonly addedViaApi: boolean
  /** Of the update that brought it. */
  readonly version: string
  /** Wall-clock milliseconds. */
  readonly lastUpdatedMs: number
  /** Of a sub cluster: where threads say when they used it. */
  readonly lastUsed?: SharedBlock
}

export class MainCluster {
  readonly config: ClusterConfig
  readonly message: ClusterMessage
  readonly origin: ClusterOrigin
  readonly stats: UpdateStats
  readonly health: ClusterHealth
  readonly #deps: MainClusterDeps
  readonly #resources: SharedBlock
  readonly #scope: Scope
  readonly #mergeWindow: MergeWindow
  /** Set: hosts say what they weigh. */
  readonly #orca: OrcaWeighting | undefined
  readonly #orcaTimer: Timer
  /** Set: localities are chosen by it. */
  readonly #load: ClusterLoad | undefined
  readonly #differences = new HostDifferences()
  readonly #sent: SentHosts
  readonly #breakerGauges: BreakerGauges
  #unmatched: Counter | undefined = undefined
  #policy: AssignmentPolicy
  #hosts: readonly HostDescription[] = []
  #initialised = false

  constructor(config: ClusterConfig, message: ClusterMessage, origin: ClusterOrigin, deps: MainClusterDeps) {
    this.config = config
    this.message = message
    this.origin = origin
    this.#deps = deps
    this.#scope = deps.scope.scope('cluster').scope(config.observabilityName)
    this.stats = createUpdateStats(this.#scope)
    this.#resources = deps.shared.allocate(RESOURCE_SLOTS)
    const counters = new SharedCounters(this.#resources)
    this.#breakerGauges = new BreakerGauges(this.#scope, config.circuitBreakers, counters)
    config.transport.matcher?.bind(deps)
    for (const { name } of config.transport.matches) this.#scope.counter(`${name}.total_match_count`)
    // Sockets have counters of their own, which are there from the start.
    if (config.transport.message !== undefined) deps.transports?.(config.transport, this.#scope)
    this.#policy = this.#limited(config.loadAssignment)
    this.#sent = new SentHosts(config.name, this.#differences)
    const { dispatcher, managerStats } = deps
    const send = () => this.#sendHosts()
    this.#mergeWindow = new MergeWindow(dispatcher, config.commonLb.updateMergeWindowMs, managerStats, send)
    this.#orca = orcaWeightingOf(config.lbPolicy)
    this.#orcaTimer = dispatcher.timer(() => this.#onOrcaUpdate())
    this.#load = this.#createLoad()
    this.health = new ClusterHealth(config, {
      ...deps,
      scope: this.#scope,
      onSocketMatched: (host) => this.countSocketMatch(host),
      onChanged: () => this.#onHealthChanged(),
      onFailed: ({ id }) => this.#initialised && deps.send({ kind: 'host.failed', cluster: config.name, host: id }),
      onAbandoned: ({ id }) =>
        this.#replaceHosts(
          this.#hosts.filter((host) => host.id !== id),
          this.#policy,
        ),
    })
  }

  /** By priority, then in the order of discovery. */
  get hosts(): readonly HostDescription[] {
    return this.#hosts
  }

  /** As the latest assignment says. */
  get policy(): AssignmentPolicy {
    return this.#policy
  }

  get initialised(): boolean {
    return this.#initialised
  }

  /** Brings those gauges up to date that nobody keeps. */
  refreshStats(): void {
    this.#breakerGauges.refresh()
  }

  /** As this thread sees them, which counts nothing there: made for each look. */
  get breakers(): ResourceManagers {
    const { runtime } = this.#deps
    return createResourceManagers(this.config, { runtime, resources: new SharedCounters(this.#resources) })
  }

  /** From now on the cluster serves. */
  initialise(): void {
    if (this.#initialised) return
    this.#initialised = true
    // A cluster that nobody gave hosts to, nor a place for them, has not used these.
    if (this.#hosts.length > 0 || hasEmptyPlaces(this.config)) this.#showMembership()
    this.#deps.send(this.#setOrder())
    this.#sendHosts()
    if (this.#orca !== undefined) this.#orcaTimer.enable(this.#orca.updateMs)
    this.#load?.update()
  }

  /** What a thread that starts now must be told. */
  orders(): readonly ClusterOrder[] {
    if (!this.#initialised) return []
    return [
      this.#setOrder(),
      this.#sent.whole(this.#state()),
      ...(this.#load === undefined ? [] : [this.#loadOrder(this.#load)]),
    ]
  }

  /** A host was given its transport socket. */
  countSocketMatch({ metadata, localityMetadata }: Pick<NewHost, 'metadata' | 'localityMetadata'>): void {
    const { transport } = this.config
    const match = transport.matches[socketMatchOf(transport, metadata, localityMetadata)]
    // Thousands of hosts have no match, and a counter is looked up by its name.
    if (match === undefined) (this.#unmatched ??= this.stats['default.total_match_count']).inc()
    else this.#scope.counter(`${match.name}.total_match_count`).inc()
  }

  createHost(host: NewHost): HostDescription {
    this.countSocketMatch(host)
    return {
      ...host,
      id: this.#deps.nextHostId(),
      healthySinceMs: this.#deps.wallNow(),
      counters: this.#deps.shared.allocate(HOST_COUNTERS),
    }
  }

  /** Replaces the host set; false when it is the same as before. */
  setHosts(hosts: readonly HostDescription[], policy: AssignmentPolicy = this.#policy): boolean {
    const passing = this.health.stillPassing(this.#hosts, hosts)
    return this.#replaceHosts(passing.length === 0 ? hosts : [...hosts, ...passing], policy)
  }

  /** One host more, told to the threads by itself: the set may be large and change often. */
  addHost(host: HostDescription): void {
    this.#changeHosts([...this.#hosts, host], { ...NO_DIFFERENCE, added: [host] })
    this.stats.membership_change.inc()
    if (this.#initialised) this.#mergeWindow.updateAlone(() => this.#sendHost(host))
  }

  /** In the place of the one with its id. */
  changeHost(host: HostDescription): void {
    this.#changeHosts(
      this.#hosts.map((one) => (one.id === host.id ? host : one)),
      NO_DIFFERENCE,
    )
    this.#sendHost(host)
  }

  removeHost(host: HostDescription): void {
    this.#changeHosts(
      this.#hosts.filter(({ id }) => id !== host.id),
      { ...NO_DIFFERENCE, removed: [host] },
    )
    this.stats.membership_change.inc()
    this.#deps.retired.retireHost(host.counters)
    this.#sent.forget()
    const { name: cluster } = this.config
    if (!this.#initialised) return
    this.#mergeWindow.updateAlone(() => this.#deps.send({ kind: 'host.remove', cluster, host: host.id }))
  }

  #changeHosts(hosts: readonly HostDescription[], difference: HostDifference): void {
    this.#hosts = hosts
    this.health.announceHosts(hosts, difference)
    this.#showMembership()
  }

  #sendHost(host: HostDescription): void {
    if (this.#initialised) this.#deps.send(this.#sent.single(host, this.#state()))
  }

  /** The runtime has a say in how much may be dropped when the assignment comes, not later. */
  #limited(policy: AssignmentPolicy): AssignmentPolicy {
    const percent = this.#deps.runtime.current.integer('load_balancing_policy.drop_overload_limit', 100)
    return { ...policy, dropOverload: Math.min(policy.dropOverload, percent / 100) }
  }

  #replaceHosts(found: readonly HostDescription[], policy: AssignmentPolicy): boolean {
    const hosts = byPriority(this.#initialised ? this.#weighed(found) : found)
    const before = this.#policy
    this.#policy = this.#limited(policy)
    const difference = this.#differences.between(this.#hosts, hosts)
    const { added, changed, removed } = difference
    for (const { counters } of removed) this.#deps.retired.retireHost(counters)
    const isSame = added.length + changed.length + removed.length === 0 && isSamePolicy(before, this.#policy)
    // Another order alone is no change.
    this.#hosts = isSame ? inOrderOf(this.#hosts, hosts) : hosts
    this.health.announceHosts(this.#hosts, difference)
    if (isSame) return false
    this.stats.membership_change.add(difference.priorities)
    this.#showMembership()
    if (!this.#initialised) return true
    // Whatever discovery says is told at once, even if only weights are others; what waits is health.
    this.#mergeWindow.update(false)
    return true
  }

  #weighed(hosts: readonly HostDescription[]): readonly HostDescription[] {
    return this.#orca === undefined ? hosts : withOrcaWeights(hosts, this.#orca, this.#deps.wallNow())
  }

  #onOrcaUpdate(): void {
    const before = this.#hosts
    this.#hosts = this.#weighed(before)
    if (this.#hosts !== before) {
      const changed = this.#hosts.filter((host, at) => host !== before[at])
      const weights = changed.map(({ id, weight }) => [id, weight] as const)
      this.#sent.forget()
      this.#deps.send({ kind: 'hosts.weights', cluster: this.config.name, weights })
    }
    if (this.#orca !== undefined) this.#orcaTimer.enable(this.#orca.updateMs)
  }

  #createLoad(): ClusterLoad | undefined {
    const { lbPolicy } = this.config
    if (lbPolicy.kind !== 'load_aware_locality') return undefined
    const { dispatcher, locality } = this.#deps
    const load: ClusterLoad = new ClusterLoad(lbPolicy.load, {
      dispatcher,
      locality,
      scope: this.#scope,
      hosts: () => this.#hosts,
      healthOf: ({ id, healthStatus }) => healthOf(healthStatus, this.health.flagsOf(id)),
      onChanged: () => this.#deps.send(this.#loadOrder(load)),
    })
    return load
  }

  #loadOrder({ weights }: ClusterLoad): ClusterOrder {
    return { kind: 'localities.weights', cluster: this.config.name, priorities: weights }
  }

  #onHealthChanged(): void {
    if (!this.#initialised) return
    this.#showMembership()
    this.#mergeWindow.update(true)
  }

  /** The last of it on this thread: it is removed or replaced. */
  retire(): void {
    this.close()
    this.#breakerGauges.close()
    for (const { counters } of this.#hosts) this.#deps.retired.retireHost(counters)
    this.#deps.retired.retireResources(this.#resources)
    if (this.origin.lastUsed !== undefined) this.#deps.retired.retire(this.origin.lastUsed)
  }

  /** Stops what has timers and connections. */
  close(): void {
    this.#mergeWindow.close()
    this.#orcaTimer.disable()
    this.#load?.close()
    this.health.close()
  }

  #showMembership(): void {
    const { flagsOf } = this.health
    const count = { healthy: 0, degraded: 0, unhealthy: 0 }
    let excluded = 0
    for (const { id, healthStatus } of this.#hosts) {
      const flags = flagsOf(id)
      count[healthOf(healthStatus, flags)]++
      if (isExcluded(healthStatus, flags)) excluded++
    }
    this.stats.membership_total.set(this.#hosts.length)
    this.stats.membership_healthy.set(count.healthy)
    this.stats.membership_degraded.set(count.degraded)
    this.stats.membership_excluded.set(excluded)
  }

  #setOrder(): ClusterOrder {
    const shared: ThreadClusterShared = {
      observabilityName: this.config.observabilityName,
      resources: this.#resources,
      socketOptions: this.config.socket.options,
      lastUsed: this.origin.lastUsed,
      deferredCreation: this.config.deferredCreation,
    }
    const { name } = this.config
    return { kind: 'cluster.set', name, resource: JSON.stringify(commonClusterSettings(this.config)), shared }
  }

  #sendHosts(): void {
    this.#deps.send(this.#sent.next(this.#state()), () => this.#sent.known ?? this.#sent.whole(this.#state()))
  }

  #state(): HostsState {
    return { hosts: this.#hosts, policy: this.#policy, flags: this.health.flags }
  }
}

function hasEmptyPlaces({ discovery, loadAssignment }: ClusterConfig): boolean {
  return discovery === 'STATIC' && loadAssignment.localities.length > 0
}

/** Stable: within a priority discovery has its order. */
function byPriority(hosts: readonly HostDescription[]): readonly HostDescription[] {
  const isInOrder = hosts.every(({ priority }, at) => at === 0 || hosts[at - 1]!.priority <= priority)
  return isInOrder ? hosts : hosts.toSorted((a, b) => a.priority - b.priority)
}

/** The hosts of `list`, which are those of `model`, in the order of that. */
function inOrderOf(model: readonly HostDescription[], list: readonly HostDescription[]): readonly HostDescription[] {
  if (model.every(({ id }, at) => id === list[at]!.id)) return list
  const byId = new Map(list.map((host) => [host.id, host]))
  return model.map(({ id }) => byId.get(id)!)
}
