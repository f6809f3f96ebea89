import type { ConnectionCallbacks, ConnectionEvent } from '../api/network.ts'
import type { RosterMember } from '../base/roster.ts'
import type { SocketConnection } from '../network/connection.ts'
import type { ActiveFilterChain } from './active-filter-chain.ts'

export interface ActiveConnectionOwner {
  /** Once. */
  forget(active: ActiveConnection): void
}

/** Takes the connection out of its listener's list at its end. */
export class ActiveConnection implements ConnectionCallbacks, RosterMember {
  rosterPlace = -1
  readonly connection: SocketConnection
  readonly chain: ActiveFilterChain
  /** Monotonic ms. */
  readonly startedAt: number
  readonly #owner: ActiveConnectionOwner

  constructor(connection: SocketConnection, chain: ActiveFilterChain, owner: ActiveConnectionOwner, startedAt: number) {
    this.connection = connection
    this.chain = chain
    this.startedAt = startedAt
    this.#owner = owner
  }

  onEvent(event: ConnectionEvent): void {
    if (event !== 'connected') this.#owner.forget(this)
  }

  onAboveHighWatermark(): void {}

  onBelowLowWatermark(): void {}
}
