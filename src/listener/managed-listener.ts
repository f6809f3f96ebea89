/** One generation of a listener on the main thread: its configuration, its sockets, and what it waits for. */
import type { Message } from '../api/config.ts'
import type { DiscoveryUse } from '../api/discovery.ts'
import type { Address } from '../api/network.ts'
import { InitManager } from '../base/init-manager.ts'
import type { SharedBlock } from '../stats/shared-counters.ts'
import type { ListenSockets } from './listener-component-factory.ts'
import type { ListenerConfig } from './listener-config.ts'

/** Where a listener comes from. */
export interface ListenerOrigin {
  readonly addedViaApi: boolean
  /** Of the update that brought it. */
  readonly version: string
  /** Wall-clock ms. */
  readonly lastUpdated: number
}

export interface ManagedListenerParts extends ListenerOrigin {
  readonly name: string
  readonly tag: number
  readonly config: ListenerConfig
  readonly message: Message
  readonly sockets: readonly ListenSockets[]
  readonly uses: readonly DiscoveryUse[]
  readonly connections: SharedBlock
}

export class ManagedListener {
  readonly name: string
  /** The same for generations that share sockets and connections (in-place updates). */
  readonly tag: number
  readonly config: ListenerConfig
  readonly message: Message
  /** What two generations are compared by. */
  readonly text: string
  readonly addedViaApi: boolean
  readonly version: string
  readonly lastUpdated: number
  /** One for each address; none when the listener is not bound. */
  readonly sockets: readonly ListenSockets[]
  readonly connections: SharedBlock
  readonly initManager: InitManager
  /** The generation whose sockets and tag this one has. */
  readonly inPlaceOf: ManagedListener | undefined
  /** Does not accept any more (/drain_listeners). */
  stopped = false
  readonly #uses: readonly DiscoveryUse[]

  constructor(parts: ManagedListenerParts, inPlaceOf?: ManagedListener) {
    this.name = parts.name
    this.tag = parts.tag
    this.config = parts.config
    this.message = parts.message
    this.text = JSON.stringify(parts.message)
    this.addedViaApi = parts.addedViaApi
    this.version = parts.version
    this.lastUpdated = parts.lastUpdated
    this.sockets = parts.sockets
    this.connections = parts.connections
    this.inPlaceOf = inPlaceOf
    this.#uses = parts.uses
    this.initManager = new InitManager(`Listener-local-init-manager ${this.name} ${Bun.hash.xxHash64(this.text)}`)
    for (const { target } of parts.uses) this.initManager.add(target)
  }

  /** Where it listens, with the real ports. */
  get addresses(): readonly Address[] {
    if (this.sockets.length > 0) return this.sockets.map(({ address }) => address)
    return this.config.addresses.map(({ address }) => address)
  }

  get address(): Address {
    return this.addresses[0] ?? this.config.address
  }

  /** Lets go of what came from elsewhere. Once. */
  release(): void {
    for (const use of this.#uses) use.release()
  }
}
