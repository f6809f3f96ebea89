/** Clusters from a control plane (Envoy's CdsApiImpl and CdsApiHelper). */
import type { Message, Parsed } from '../api/config.ts'
import type { Logger } from '../api/log.ts'
import type { Counter, Gauge, Scope } from '../api/stats.ts'
import type {
  ConfigSource,
  CreatedSubscription,
  DiscoveredResource,
  ResourceSink,
  Subscription,
  SubscriptionFactory,
} from '../api/subscription.ts'
import type { InitTarget } from '../base/init-manager.ts'
import { criticalText } from '../config/report/critical-text.ts'
import type { ClusterConfig } from './cluster-config.ts'
import type { AddClusterResult, ClusterManager } from './cluster-manager.ts'

export interface CdsApiDeps {
  readonly manager: ClusterManager
  readonly subscriptions: SubscriptionFactory
  /** The server's root. */
  readonly scope: Scope
  readonly logger: Logger
  wallNow(): number
  parse(message: Message): Parsed<ClusterConfig>
}

const CLUSTER = 'envoy.config.cluster.v3.Cluster'
const SOURCE = 'source/common/upstream/cds_api_helper.cc'
const MOST_ERRORS = 3

export class CdsApi implements ResourceSink, InitTarget {
  readonly name = 'CDS'
  readonly #deps: CdsApiDeps
  #stats: CdsStats | undefined = undefined
  #subscription: Subscription | undefined = undefined
  #version = ''
  #ready: (() => void) | undefined = undefined

  constructor(deps: CdsApiDeps) {
    this.#deps = deps
  }

  /** Of the last update of which anything was taken. */
  get version(): string {
    return this.#version
  }

  /** Once, before `initialize`. */
  subscribe(source: ConfigSource): CreatedSubscription {
    const scope = this.#deps.scope.scope('cluster_manager').scope('cds')
    const created = this.#deps.subscriptions.create(source, CLUSTER, scope, this)
    if (!created.ok) return created
    this.#subscription = created.subscription
    this.#stats = {
      configReload: scope.counter('config_reload'),
      configReloadTime: scope.gauge('config_reload_time_ms', 'never'),
    }
    return created
  }

  initialize(ready: () => void): void {
    this.#ready = ready
    this.#subscription?.start()
  }

  close(): void {
    this.#subscription?.close()
  }

  onConfigUpdate(resources: readonly DiscoveredResource[], version: string): string | undefined {
    const reason = this.#deps.manager.together(() => this.#apply(resources, version))
    if (reason === undefined) this.#settle()
    return reason
  }

  #apply(resources: readonly DiscoveredResource[], version: string): string | undefined {
    const { manager, logger } = this.#deps
    const wanted = new Set(resources.map(({ name }) => name))
    const missing = [...manager.namesForControlPlane()].filter((name) => !wanted.has(name))
    logger.info(
      `${SOURCE}:31`,
      `cds: response indicates ${resources.length} added/updated cluster(s), ${missing.length} removed cluster(s); applying changes`,
    )
    const failures: string[] = []
    const seen = new Set<string>()
    let changed = 0
    let skipped = 0
    for (const resource of resources) {
      const { name } = resource
      const isDuplicate = seen.has(name)
      const result = isDuplicate ? duplicate(name) : this.#addOrUpdate(resource, version)
      seen.add(name)
      if (!result.ok) {
        const failure = `${name}: ${result.message}`
        // Envoy says it in two ways.
        if (isDuplicate) logger.warning(`${SOURCE}:51`, `cds: cluster '${name}' config rejected: ${failure}`)
        else logger.warning(`${SOURCE}:58`, `cds: cluster '${name}' config rejected: ${result.message}`)
        failures.push(failure)
      } else if (result.changed) {
        logger.debug(`${SOURCE}:65`, `cds: add/update cluster '${name}'`)
        changed++
      } else {
        logger.debug(`${SOURCE}:68`, `cds: add/update cluster '${name}' skipped`)
        skipped++
      }
    }
    const removed = missing.filter((name) => manager.removeCluster(name))
    for (const name of removed) logger.debug(`${SOURCE}:83`, `cds: remove cluster '${name}'`)
    logger.info(
      `${SOURCE}:91`,
      `cds: added/updated ${changed} cluster(s) (skipped ${skipped} unmodified cluster(s)); removed ${removed.length} cluster(s)`,
    )
    const applied = changed + removed.length > 0
    if (applied) this.#version = version
    if (failures.length > 0) return `Error adding/updating cluster(s) ${failures.join(', ')}`
    if (changed > 0) this.#countReload()
    return undefined
  }

  onConfigUpdateFailed(): void {
    this.#settle()
  }

  #addOrUpdate({ name, message, problem }: DiscoveredResource, version: string): AddClusterResult {
    const { manager } = this.#deps
    if (problem !== undefined) {
      manager.countUpdate(name)
      return { ok: false, message: problem }
    }
    // Of many clusters few change.
    if (manager.keeps(name, message)) return { ok: true, changed: false }
    const parsed = this.#deps.parse(message)
    if (!parsed.ok) {
      manager.countUpdate(name)
      return { ok: false, message: criticalText(parsed.errors, MOST_ERRORS) }
    }
    return manager.addOrUpdateCluster(parsed.value, message, version)
  }

  #countReload(): void {
    this.#stats?.configReload.inc()
    this.#stats?.configReloadTime.set(Math.floor(this.#deps.wallNow()))
  }

  #settle(): void {
    this.#ready?.()
    this.#ready = undefined
  }
}

interface CdsStats {
  readonly configReload: Counter
  readonly configReloadTime: Gauge
}

function duplicate(name: string): AddClusterResult {
  return { ok: false, message: `duplicate cluster ${name} found` }
}
