/** Listeners from a control plane (Envoy's LdsApiImpl). */
import type { Message, Parsed } from '../api/config.ts'
import type { Logger } from '../api/log.ts'
import type { Scope } from '../api/stats.ts'
import type { ConfigSource, DiscoveredResource, ResourceSink, Subscription } from '../api/subscription.ts'
import type { CreatedSubscription, SubscriptionFactory } from '../api/subscription.ts'
import type { InitTarget } from '../base/init-manager.ts'
import { criticalText } from '../config/report/critical-text.ts'
import type { ListenerConfig } from './listener-config.ts'
import type { AddListenerResult, ListenerManager } from './listener-manager.ts'

export interface LdsApiDeps {
  readonly manager: ListenerManager
  readonly subscriptions: SubscriptionFactory
  /** The server's root. */
  readonly scope: Scope
  readonly logger: Logger
  wallNow(): number
  parse(message: Message): Parsed<ListenerConfig>
}

/** An update that was refused, for /config_dump. */
export interface ListenerFailure {
  readonly name: string
  readonly message: Message
  readonly details: string
  /** Wall-clock ms. */
  readonly attemptedMs: number
}

const LISTENER = 'envoy.config.listener.v3.Listener'
const SOURCE = 'source/common/listener_manager/lds_api.cc'
const MOST_ERRORS = 3

export class LdsApi implements ResourceSink, InitTarget {
  readonly name = 'LDS'
  readonly #deps: LdsApiDeps
  readonly #failures = new Map<string, ListenerFailure>()
  #lastFailures: readonly ListenerFailure[] = []
  #subscription: Subscription | undefined = undefined
  #version = ''
  #ready: (() => void) | undefined = undefined

  constructor(deps: LdsApiDeps) {
    this.#deps = deps
  }

  /** Of the last update of which anything was taken. */
  get version(): string {
    return this.#version
  }

  /** The last failure of each listener since it was last taken. */
  get failures(): readonly ListenerFailure[] {
    return [...this.#failures.values()]
  }

  /** Those of the last update. */
  get lastFailures(): readonly ListenerFailure[] {
    return this.#lastFailures
  }

  /** Once, before `initialize`. */
  subscribe(source: ConfigSource): CreatedSubscription {
    const { subscriptions, scope } = this.#deps
    const created = subscriptions.create(source, LISTENER, scope.scope('listener_manager').scope('lds'), this)
    if (created.ok) this.#subscription = created.subscription
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
    const { manager, logger } = this.#deps
    let applied = false
    const wanted = new Set(resources.map(({ name }) => name))
    for (const name of namesFromApi(manager)) {
      if (wanted.has(name) || !manager.removeListener(name)) continue
      logger.info(`${SOURCE}:67`, `lds: remove listener '${name}'`)
      applied = true
    }
    const failures: ListenerFailure[] = []
    const seen = new Set<string>()
    for (const { name, message } of resources) {
      const result = seen.has(name) ? duplicate(name) : this.#addOrUpdate(message, version)
      seen.add(name)
      if (!result.ok) failures.push(this.#fail(name, message, result.message))
      else {
        this.#failures.delete(name)
        if (!result.changed) continue
        logger.info(`${SOURCE}:110`, `lds: add/update listener '${name}'`)
        applied = true
      }
    }
    this.#lastFailures = failures
    if (applied) this.#version = version
    if (failures.length === 0) {
      this.#settle()
      return undefined
    }
    const reasons = failures.map(({ name, details }) => `${name}: ${details}\n`)
    return `Error adding/updating listener(s) ${reasons.join('')}`
  }

  onConfigUpdateFailed(): void {
    this.#settle()
  }

  #addOrUpdate(message: Message, version: string): AddListenerResult {
    const deps = this.#deps
    const parsed = deps.parse(message)
    if (!parsed.ok) return { ok: false, message: criticalText(parsed.errors, MOST_ERRORS) }
    for (const warning of parsed.warnings) deps.logger.warning(`${SOURCE}:100`, warning.message)
    const origin = { addedViaApi: true, version, lastUpdated: deps.wallNow() }
    return deps.manager.addOrUpdateListener(parsed.value, message, origin)
  }

  #fail(name: string, message: Message, details: string): ListenerFailure {
    this.#deps.logger.warning(`${SOURCE}:89`, `lds: listener '${name}' config rejected: ${details}`)
    const failure = { name, message, details, attemptedMs: this.#deps.wallNow() }
    this.#failures.set(name, failure)
    return failure
  }

  #settle(): void {
    this.#ready?.()
    this.#ready = undefined
  }
}

function namesFromApi(manager: ListenerManager): ReadonlySet<string> {
  const all = [...manager.listeners(), ...manager.warming()]
  return new Set(all.filter(({ addedViaApi }) => addedViaApi).map(({ name }) => name))
}

function duplicate(name: string): AddListenerResult {
  return { ok: false, message: `duplicate listener ${name} found` }
}
