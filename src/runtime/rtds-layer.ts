/** A layer of the runtime that a control plane fills (Envoy's RtdsSubscription). */
import type { Json } from '../api/config.ts'
import type { Scope } from '../api/stats.ts'
import type {
  CreatedSubscription,
  DiscoveredResource,
  ResourceSink,
  Subscription,
  SubscriptionFactory,
} from '../api/subscription.ts'
import type { InitTarget } from '../base/init-manager.ts'
import type { LayerEntries } from './flatten-layer.ts'
import { flattenLayer } from './flatten-layer.ts'
import type { DiscoveredLayerConfig } from './runtime-config.ts'

export interface RtdsLayerDeps {
  readonly subscriptions: SubscriptionFactory
  /** The server's root; counted is under `runtime.`. */
  readonly scope: Scope
  setDiscovered(layer: string, entries: LayerEntries): void
}

const RUNTIME = 'envoy.service.runtime.v3.Runtime'

export class RtdsLayer implements ResourceSink, InitTarget {
  readonly name: string
  readonly #config: DiscoveredLayerConfig
  readonly #deps: RtdsLayerDeps
  #subscription: Subscription | undefined = undefined
  #ready: (() => void) | undefined = undefined

  constructor(config: DiscoveredLayerConfig, deps: RtdsLayerDeps) {
    this.#config = config
    this.#deps = deps
    this.name = `RTDS ${config.resource}`
  }

  /** Once, before `initialize`. */
  subscribe(): CreatedSubscription {
    const { subscriptions, scope } = this.#deps
    const created = subscriptions.create(this.#config.source, RUNTIME, scope.scope('runtime'), this)
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

  onConfigUpdate(resources: readonly DiscoveredResource[]): string | undefined {
    const [resource, ...others] = resources
    if (resource === undefined || others.length > 0) {
      return (
        `Unexpected RTDS resource length, number of added resources ${resources.length}, ` +
        'number of removed resources 0'
      )
    }
    const { name, resource: wanted } = this.#config
    if (resource.name !== wanted) return `Unexpected RTDS runtime (expecting ${wanted}): ${resource.name}`
    const wrong: string[] = []
    // A Struct by the schema.
    const layer = (resource.message['layer'] ?? {}) as Readonly<Record<string, Json>>
    const entries = flattenLayer(layer, (key) => wrong.push(key))
    if (wrong.length > 0) return `Invalid runtime entry value for ${wrong.join(', ')}`
    this.#deps.setDiscovered(name, entries)
    this.#settle()
    return undefined
  }

  onConfigUpdateFailed(): void {
    this.#settle()
  }

  #settle(): void {
    this.#ready?.()
    this.#ready = undefined
  }
}
