/** What the server says of itself in `server.*`: its state, its age, its memory, its connections. */
import type { Dispatcher } from '../api/event.ts'
import type { ParentStats } from './hot_restart/message.ts'
import type { ServerStats } from './server-stats.ts'
import { ProcessMemory } from '../base/process-memory.ts'

export type ServerState = 'PRE_INITIALIZING' | 'INITIALIZING' | 'LIVE' | 'DRAINING'

/** Gauge `server.state`. */
const STATE_NUMBER: Readonly<Record<ServerState, number>> = {
  LIVE: 0,
  DRAINING: 1,
  PRE_INITIALIZING: 2,
  INITIALIZING: 3,
}

export interface StatusNow {
  readonly state: ServerState
  /** Downstream, of all workers. */
  readonly numConnections: number
  /** Of a parent that still lives; 'none' where there can be none (--disable-hot-restart). */
  readonly parent: ParentStats | undefined | 'none'
}

export class ServerStatus {
  /** Wall-clock ms. */
  readonly startedWall: number
  readonly memory = new ProcessMemory()
  readonly #dispatcher: Dispatcher
  readonly #stats: ServerStats
  /** Monotonic ms. */
  readonly #startedAt: number
  #firstStartWall: number

  /** The server starts now. */
  constructor(dispatcher: Dispatcher, stats: ServerStats) {
    this.#dispatcher = dispatcher
    this.#stats = stats
    this.#startedAt = dispatcher.preciseNow()
    this.startedWall = dispatcher.wallNow
    this.#firstStartWall = this.startedWall
  }

  /** Wall-clock ms at which the first of this chain of hot restarts started. */
  get firstStartWall(): number {
    return this.#firstStartWall
  }

  /** What the parent says of it. */
  inheritStart(firstStartWall: number): void {
    this.#firstStartWall = firstStartWall
  }

  get ageMs(): number {
    return this.#dispatcher.preciseNow() - this.#startedAt
  }

  /** Seconds since the start. */
  get uptimeS(): number {
    return Math.floor(this.ageMs / 1000)
  }

  /** Seconds since the start of the first of this chain of hot restarts. */
  get uptimeAllEpochsS(): number {
    if (this.#firstStartWall === this.startedWall) return this.uptimeS
    return Math.max(this.uptimeS, Math.floor((this.#dispatcher.wallNow - this.#firstStartWall) / 1000))
  }

  /** Workers accept. */
  recordInitialization(): void {
    this.#stats.initializationTimeMs.record(this.ageMs)
  }

  update({ state, numConnections, parent: maybeParent }: StatusNow): void {
    const parent = maybeParent === 'none' ? undefined : maybeParent
    const memory = this.memory.look()
    const stats = this.#stats
    stats.uptime.set(this.uptimeAllEpochsS)
    stats.memoryAllocated.set(memory.heapUsed + memory.external + (parent?.memoryAllocated ?? 0))
    stats.memoryHeapSize.set(memory.heapTotal)
    stats.memoryPhysicalSize.set(memory.rss)
    stats.state.set(STATE_NUMBER[state])
    stats.totalConnections.set(numConnections + (parent?.numConnections ?? 0))
    if (maybeParent !== 'none') stats.parentConnections.set(parent?.numConnections ?? 0)
  }
}
