import type { Message } from './config.ts'
import type { Scope } from './stats.ts'

/*
 * What a control plane (a file, a server) tells. Whoever wants resources has a sink and gets a subscription for it; how
 * the resources come is nobody else's business.
 */

/** envoy.config.core.v3.ConfigSource, as far as there is an implementation. */
export interface ConfigSource {
  readonly kind: 'path'
  readonly path: string
  /** Anything moved into this directory means new content; undefined: only what is moved onto `path` does. */
  readonly watchedDirectory: string | undefined
}

export interface DiscoveredResource {
  readonly name: string
  /** Decoded and checked against the rules of its fields. */
  readonly message: Message
  /** What is wrong inside of an Any in it, with listeners and clusters: others of the update are taken, this one is not. */
  readonly problem?: string
}

/** Takes resources. Calls come on the main thread, never while another one runs. */
export interface ResourceSink {
  /**
   * All resources that there are (state of the world). What cannot be used is said in the returned text, in Envoy's
   * words; undefined accepts the update.
   */
  onConfigUpdate(resources: readonly DiscoveredResource[], version: string): string | undefined
  /** The update could not be read, or was refused by `onConfigUpdate` itself. Whoever waits for the first one goes on. */
  onConfigUpdateFailed(): void
}

export interface Subscription {
  /** Begins; a file is read before this returns. */
  start(): void
  /** The sink hears nothing afterwards. Idempotent. */
  close(): void
}

export type CreatedSubscription =
  | { readonly ok: true; readonly subscription: Subscription }
  /** In Envoy's words. */
  | { readonly ok: false; readonly message: string }

export interface SubscriptionFactory {
  /**
   * `typeName`: full proto name of the resources. `scope`: where update_attempt, version and the like are counted.
   * Nothing is read before `start`.
   */
  create(source: ConfigSource, typeName: string, scope: Scope, sink: ResourceSink): CreatedSubscription
}
