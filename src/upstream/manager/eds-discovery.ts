/** Type EDS: a control plane assigns the endpoints (Envoy's EdsClusterImpl). */
import { parseRoot } from '../../config/parse-root.ts'
import { criticalText } from '../../config/report/critical-text.ts'
import type { Dispatcher, Timer } from '../../api/event.ts'
import type { Logger } from '../../api/log.ts'
import type { Scope } from '../../api/stats.ts'
import type {
  CreatedSubscription,
  DiscoveredResource,
  ResourceSink,
  Subscription,
  SubscriptionFactory,
} from '../../api/subscription.ts'
import type { EdsSettings } from '../cluster-config.ts'
import type { LoadAssignment } from '../config/load-assignment.ts'
import { NO_ASSIGNMENT, parseLoadAssignment } from '../config/load-assignment.ts'
import { KnownEndpoints } from '../config/known-endpoints.ts'
import type { HostDescription } from '../host-snapshot.ts'
import { AssignedHosts } from './assigned-hosts.ts'
import type { Discovery } from './discovery.ts'
import type { MainCluster } from './main-cluster.ts'

export interface EdsDiscoveryDeps {
  readonly dispatcher: Dispatcher
  readonly subscriptions: SubscriptionFactory
  /** `cluster.<name>.` */
  readonly scope: Scope
  /** --allow-unsupported-fields */
  readonly allowUnsupported: boolean
  readonly logger: Logger
  /** It is the cluster that this proxy belongs to. */
  readonly isLocalCluster: boolean
}

const ASSIGNMENT = 'envoy.config.endpoint.v3.ClusterLoadAssignment'
const MOST_ERRORS = 3

export class EdsDiscovery implements Discovery, ResourceSink {
  readonly #cluster: MainCluster
  readonly #settings: EdsSettings
  readonly #deps: EdsDiscoveryDeps
  #subscription: Subscription | undefined = undefined
  #onReady: (() => void) | undefined = undefined
  /** The last one that ever had hosts: priorities come, and do not go. */
  #lastPriority = 0
  readonly #knownEndpoints = new KnownEndpoints()
  readonly #assigned: AssignedHosts
  /** Runs while the assignment says for how long it holds. */
  readonly #staleTimer: Timer

  constructor(cluster: MainCluster, settings: EdsSettings, deps: EdsDiscoveryDeps) {
    this.#cluster = cluster
    this.#assigned = new AssignedHosts(cluster)
    this.#settings = settings
    this.#deps = deps
    this.#staleTimer = deps.dispatcher.timer(() => this.#onStale())
  }

  /** Once, before `start`. */
  subscribe(): CreatedSubscription {
    const { subscriptions, scope } = this.#deps
    const created = subscriptions.create(this.#settings.source, ASSIGNMENT, scope, this)
    if (created.ok) this.#subscription = created.subscription
    return created
  }

  start(onReady: () => void): void {
    this.#onReady = onReady
    this.#subscription?.start()
  }

  close(): void {
    this.#staleTimer.disable()
    this.#subscription?.close()
  }

  onConfigUpdate(resources: readonly DiscoveredResource[]): string | undefined {
    const [resource, ...others] = resources
    if (resource === undefined) this.#cluster.stats.update_empty.inc()
    else if (others.length > 0) return this.#refuse(208, `Unexpected EDS resource length: ${resources.length}`)
    else {
      const refusal = this.#takeAssignment(resource)
      if (refusal !== undefined) return refusal
    }
    this.#settle()
    return undefined
  }

  onConfigUpdateFailed(): void {
    this.#settle()
  }

  #takeAssignment({ name, message }: DiscoveredResource): string | undefined {
    const { serviceName } = this.#settings
    if (name !== serviceName) return this.#refuse(218, `Unexpected EDS cluster (expecting ${serviceName}): ${name}`)
    const { allowUnsupported } = this.#deps
    const known = this.#knownEndpoints
    const parsed = parseRoot(ASSIGNMENT, message, { allowUnsupported }, (reader) => parseLoadAssignment(reader, known))
    known.settle(parsed.ok && parsed.warnings.length === 0)
    if (!parsed.ok) return criticalText(parsed.errors, MOST_ERRORS)
    if (this.#deps.isLocalCluster && parsed.value.localities.some(({ priority }) => priority !== 0)) {
      return `Unexpected non-zero priority for local cluster '${this.#cluster.config.name}'.`
    }
    this.#limitAge(parsed.value)
    this.#setHosts(parsed.value)
    return undefined
  }

  #limitAge({ staleAfterMs }: LoadAssignment): void {
    this.#staleTimer.disable()
    if (staleAfterMs === undefined) return
    this.#cluster.stats.assignment_timeout_received.inc()
    this.#staleTimer.enable(staleAfterMs)
  }

  /** Nobody renewed the assignment in time. */
  #onStale(): void {
    this.#cluster.stats.assignment_stale.inc()
    this.#cluster.stats.max_host_weight.set(1)
    this.#cluster.setHosts([], NO_ASSIGNMENT)
  }

  #setHosts(assignment: LoadAssignment): void {
    const hosts = this.#assigned.of(assignment)
    for (const { priority } of hosts) this.#lastPriority = Math.max(this.#lastPriority, priority)
    this.#cluster.stats.max_host_weight.set(shownWeight(hosts, this.#lastPriority))
    if (!this.#cluster.setHosts(hosts, assignment)) this.#cluster.stats.update_no_rebuild.inc()
  }

  #refuse(line: number, message: string): string {
    const { serviceName } = this.#settings
    const source = `source/extensions/clusters/eds/eds.cc:${line}`
    this.#deps.logger.warning(source, `eds: cluster '${serviceName}' config rejected: ${message}`)
    return message
  }

  #settle(): void {
    this.#onReady?.()
    this.#onReady = undefined
  }
}

/** As Envoy shows it: the largest weight of the last priority that it looks at. */
function shownWeight(hosts: readonly HostDescription[], last: number): number {
  return hosts.reduce((most, { priority, weight }) => (priority === last ? Math.max(most, weight) : most), 1)
}
