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
  /** Found before Envoy looks at the listener of the name: it is not told of that one. */
  readonly isNameless: boolean
}

const LISTENER = 'envoy.config.listener.v3.Listener'
const SOURCE = 'source/common/listener_manager/lds_api.cc'
const MOST_ERRORS = 3

export class LdsApi implements ResourceSink, InitTarget {
  readonly name = 'LDS'
  readonly #deps: LdsApiDeps
  /** Of the last update. */
  #failures: readonly ListenerFailure[] = []
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

  /** Those of the last update. */
  get failures(): readonly ListenerFailure[] {
    return this.#failures
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
    for (const resource of resources) {
      const { name, message } = resource
      const isDuplicate = seen.has(name)
      const result = isDuplicate ? duplicate(name) : this.#addOrUpdate(resource, version)
      seen.add(name)
      if (!result.ok) failures.push(this.#fail(name, message, result.message, isDuplicate || !hasAddress(message)))
      else if (result.changed) {
        logger.info(`${SOURCE}:110`, `lds: add/update listener '${name}'`)
        applied = true
      }
    }
    this.#failures = failures
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

  #addOrUpdate({ message, problem }: DiscoveredResource, version: string): AddListenerResult {
    const deps = this.#deps
    if (problem !== undefined) return { ok: false, message: problem }
    const parsed = deps.parse(message)
    if (!parsed.ok) return { ok: false, message: criticalText(parsed.errors, MOST_ERRORS) }
    for (const warning of parsed.warnings) deps.logger.warning(`${SOURCE}:100`, warning.message)
    const origin = { addedViaApi: true, version, lastUpdated: deps.wallNow() }
    return deps.manager.addOrUpdateListener(parsed.value, message, origin)
  }

  #fail(name: string, message: Message, details: string, isNameless: boolean): ListenerFailure {
    this.#deps.logger.warning(`${SOURCE}:89`, `lds: listener '${name}' config rejected: ${details}`)
    return { name, message, details, attemptedMs: this.#deps.wallNow(), isNameless }
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

function hasAddress(message: Message): boolean {
  return message['address'] !== undefined || message['internal_listener'] !== undefined
}

function duplicate(name: string): AddListenerResult {
  return { ok: false, message: `duplicate listener ${name} found` }
}
