/** What outlives the process (Envoy's KeyValueStore), on the main thread. */
import type { Dispatcher } from './event.ts'
import type { Logger } from './log.ts'

export interface KeyValueStore {
  /** What was there at the start and has come since, the oldest first. Not to be changed meanwhile. */
  entries(): Iterable<readonly [key: string, value: string]>
  /** It is the newest then. The oldest one goes where there are too many. */
  set(key: string, value: string): void
  delete(key: string): void
  /** Stops its timers. */
  close(): void
}

export interface KeyValueStoreDeps {
  readonly dispatcher: Dispatcher
  readonly logger: Logger
}

/** What extensions of category envoy.common.key_value read from their configuration. */
export type OpenKeyValueStore = (deps: KeyValueStoreDeps) => KeyValueStore
