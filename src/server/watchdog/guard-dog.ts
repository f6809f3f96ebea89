/**
 * Envoy's guard dog: looks at the threads of one kind from time to time and says who has not come back to its event loop
 * for too long. Pure: the owner has the clock, calls `step` every `intervalMs`, and acts on what it says.
 */
import type { Observation } from '../../event/activity.ts'
import { isInside, stuckSince } from '../../event/activity.ts'
import type { WatchdogConfig, WatchdogEvent } from './watchdog-config.ts'

/** Looking more often than this would cost more than it could tell. */
const SHORTEST_INTERVAL_MS = 10

/** A thread as a dog sees it. */
export interface Watched {
  readonly name: string
  observe(): Observation
  /** Pieces of work that were long and are over, in ms; each is told once. */
  takeStalls(): readonly number[]
}

export interface StuckThread {
  readonly name: string
  /** How long it has been stuck for certain. */
  readonly stuckMs: number
  /** It was over before anybody looked. */
  readonly over?: boolean
}

/** What a step found; MISS and MEGAMISS once a stall, KILL and MULTIKILL at every step. */
export type GuardDogFinding =
  | { readonly event: WatchdogEvent; readonly threads: readonly StuckThread[] }
  /** A thread that had missed is back. */
  | { readonly event: 'BACK'; readonly threads: readonly StuckThread[] }

export class GuardDog {
  readonly intervalMs: number
  readonly #config: WatchdogConfig
  readonly #killTimeoutMs: number
  readonly #needed: number
  readonly #threads: readonly WatchedThread[]

  /** `random` in [0, 1) for the jitter. */
  constructor(config: WatchdogConfig, threads: readonly Watched[], random: number) {
    const { missTimeoutMs, megamissTimeoutMs, killTimeoutMs, multikillTimeoutMs, maxKillTimeoutJitterMs } = config
    this.#config = config
    this.#killTimeoutMs = killTimeoutMs > 0 ? killTimeoutMs + (1 - random) * maxKillTimeoutJitterMs : 0
    this.#needed = Math.max(2, Math.ceil((config.multikillThresholdPercent / 100) * threads.length))
    this.#threads = threads.map((thread) => new WatchedThread(thread))
    const timeouts = [missTimeoutMs, megamissTimeoutMs, this.#killTimeoutMs || Infinity, multikillTimeoutMs || Infinity]
    this.intervalMs = Math.max(SHORTEST_INTERVAL_MS, Math.min(...timeouts))
  }

  /** At the last look some thread was at work, which may be the beginning of a stall. */
  get alert(): boolean {
    return this.#threads.some((thread) => thread.inside)
  }

  /** `now`: monotonic ms. The order of the findings is that in which Envoy takes its actions. */
  step(now: number): readonly GuardDogFinding[] {
    const { missTimeoutMs, megamissTimeoutMs, multikillTimeoutMs } = this.#config
    const findings: GuardDogFinding[] = []
    const missed: StuckThread[] = []
    const megamissed: StuckThread[] = []
    const multi: StuckThread[] = []
    for (const thread of this.#threads) {
      const stuck = thread.look(now)
      const { name, stuckMs } = thread
      for (const lastedMs of thread.takeStalls()) {
        const over = { name, stuckMs: lastedMs, over: true }
        if (lastedMs > missTimeoutMs && !thread.missed) missed.push(over)
        if (lastedMs > megamissTimeoutMs && !thread.megamissed) megamissed.push(over)
        if (thread.missed) findings.push({ event: 'BACK', threads: [over] })
        thread.forget()
      }
      if (!stuck) {
        if (thread.missed) findings.push({ event: 'BACK', threads: [{ name, stuckMs }] })
        thread.forget()
        continue
      }
      if (stuckMs > missTimeoutMs && !thread.missed) {
        thread.missed = true
        missed.push({ name, stuckMs })
      }
      if (stuckMs > megamissTimeoutMs && !thread.megamissed) {
        thread.megamissed = true
        megamissed.push({ name, stuckMs })
      }
      const killed = this.#killTimeoutMs > 0 && stuckMs > this.#killTimeoutMs
      if (killed) findings.push({ event: 'KILL', threads: [{ name, stuckMs }] })
      if (multikillTimeoutMs > 0 && stuckMs > multikillTimeoutMs) multi.push({ name, stuckMs })
    }
    if (multi.length >= this.#needed) findings.push({ event: 'MULTIKILL', threads: multi })
    if (megamissed.length > 0) findings.push({ event: 'MEGAMISS', threads: megamissed })
    if (missed.length > 0) findings.push({ event: 'MISS', threads: missed })
    return findings
  }
}

class WatchedThread {
  readonly name: string
  readonly #watched: Watched
  #seen: Observation
  /** When the thread was first seen in the piece of work that it is in. */
  #since: number | undefined = undefined
  /** How long it has been in it; once it is out, how long it had been. */
  stuckMs = 0
  missed = false
  megamissed = false

  constructor(watched: Watched) {
    this.name = watched.name
    this.#watched = watched
    this.#seen = watched.observe()
  }

  /** Its stall is over; the next one counts anew. */
  forget(): void {
    this.missed = false
    this.megamissed = false
  }

  takeStalls(): readonly number[] {
    return this.#watched.takeStalls()
  }

  get inside(): boolean {
    return isInside(this.#seen)
  }

  /** Whether it has not come back to its loop since the look before. */
  look(now: number): boolean {
    const seen = this.#watched.observe()
    const stuck = stuckSince(this.#seen, seen)
    this.#seen = seen
    this.stuckMs = now - (this.#since ?? now)
    if (!stuck || this.#since === undefined) this.#since = now
    return stuck
  }
}
