/**
 * The addresses of one host race each other (RFC 8305, Envoy's HappyEyeballsConnectionImpl): the next one is tried when
 * one fails, or has taken a while without an answer; the first that connects is the connection.
 */
import type { Dispatcher, Timer } from '../../api/event.ts'
import type { Address, ConnectionCallbacks, ConnectionEvent } from '../../api/network.ts'
import type { UpstreamConnection } from './upstream-connection.ts'

/** RFC 8305 §8 recommends 250; Envoy waits longer. */
const NEXT_ATTEMPT_MS = 300

/** After the race it is told of what becomes of the connection. */
export interface RaceOwner extends ConnectionCallbacks {
  connectTo(address: Address): UpstreamConnection
  /** An attempt after the first begins. */
  onFurtherAttempt(): void
  /** Once, unless the race was given up: `connection` is open, or the last one that failed. */
  onRaceOver(connection: UpstreamConnection, event: ConnectionEvent): void
}

export class AddressRace {
  readonly #owner: RaceOwner
  readonly #addresses: readonly Address[]
  readonly #timer: Timer
  #next = 0
  #running: Attempt[] = []

  /** `addresses`: at least one, in the order to try. */
  constructor(dispatcher: Dispatcher, addresses: readonly Address[], owner: RaceOwner) {
    this.#owner = owner
    this.#addresses = addresses
    this.#timer = dispatcher.timer(() => this.#startNext())
  }

  /** Once. The first attempt. */
  start(): UpstreamConnection {
    return this.#startNext()
  }

  /** Nobody is told of anything any more. */
  cancel(): void {
    this.#timer.disable()
    this.#closeOthers(undefined)
  }

  #startNext(): UpstreamConnection {
    const first = this.#next === 0
    const connection = this.#owner.connectTo(this.#addresses[this.#next++]!)
    const attempt = new Attempt(connection, this.#owner, (event) => this.#onEvent(attempt, event))
    this.#running.push(attempt)
    if (!first) this.#owner.onFurtherAttempt()
    if (this.#next < this.#addresses.length) this.#timer.enable(NEXT_ATTEMPT_MS)
    return connection
  }

  #onEvent(attempt: Attempt, event: ConnectionEvent): void {
    if (event !== 'connected' && this.#goesOnWithout(attempt)) return
    this.#timer.disable()
    this.#closeOthers(attempt)
    attempt.win()
    this.#owner.onRaceOver(attempt.connection, event)
  }

  #goesOnWithout(failed: Attempt): boolean {
    this.#running = this.#running.filter((attempt) => attempt !== failed)
    if (this.#next < this.#addresses.length) {
      this.#timer.disable()
      this.#startNext()
    }
    return this.#running.length > 0
  }

  #closeOthers(winner: Attempt | undefined): void {
    const running = this.#running
    this.#running = []
    for (const attempt of running) if (attempt !== winner) attempt.abandon()
  }
}

class Attempt implements ConnectionCallbacks {
  readonly connection: UpstreamConnection
  readonly #owner: ConnectionCallbacks
  #onOutcome: ((event: ConnectionEvent) => void) | undefined
  #won = false

  constructor(connection: UpstreamConnection, owner: ConnectionCallbacks, onOutcome: (event: ConnectionEvent) => void) {
    this.connection = connection
    this.#owner = owner
    this.#onOutcome = onOutcome
    connection.addCallbacks(this)
  }

  win(): void {
    this.#won = true
  }

  abandon(): void {
    this.#onOutcome = undefined
    this.connection.close('no-flush')
  }

  onEvent(event: ConnectionEvent): void {
    if (this.#won) this.#owner.onEvent(event)
    else this.#onOutcome?.(event)
  }

  onAboveHighWatermark(): void {
    this.#owner.onAboveHighWatermark()
  }

  onBelowLowWatermark(): void {
    this.#owner.onBelowLowWatermark()
  }
}
