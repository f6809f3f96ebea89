/**
 * Keeps each worker on the CPU where it is, as long as it need not wait for it.
 *
 * The kernel moves a thread that was woken by a socket to where its waker runs or where nothing runs, several hundred
 * times a second at a low rate, and each time it finds the caches of another CPU: an eighth of what a request costs. Bound
 * for good, a worker would suffer from every other thread that is, so it is watched: one that has to wait is let go, and
 * for longer each time; one that hardly runs is, as it tells nothing of its CPU; and once a minute each is, so that the
 * kernel can place it anew.
 */
import type { Dispatcher } from '../../api/event.ts'
import type { Logger } from '../../api/log.ts'
import type { ThreadScheduling, ThreadTimes } from './thread-scheduling.ts'

/** While somebody is at work; as often as watchdogs look, so that one wake-up does for both. */
const LOOK_MS = 2000
const CALM_LOOK_MS = 4000
/** Less often in a second: idle, kept from running, or never interrupted. */
const FEWEST_SLICES = 20
/** Of the time that one ran which is never interrupted. A wait counts only once it is over. */
const MOSTLY = 0.5
/** Of the time. */
const LONG_WAIT = 0.2
/** If each wait was longer than that; a thread that woke it and then sleeps is no crowd. */
const NOTEWORTHY_WAIT = 0.05
const NOTEWORTHY_WAIT_NS = 50_000
const LONGEST_STAY_MS = 60_000
const SHORTEST_BAN_MS = 4000
const LONGEST_BAN_MS = 120_000

export interface WorkerPlacementDeps {
  readonly dispatcher: Dispatcher
  readonly logger: Logger
  readonly scheduling: ThreadScheduling
  /** By index of the worker. */
  readonly threadIds: readonly number[]
}

interface Worker {
  readonly name: string
  readonly threadId: number
  times: ThreadTimes
  cpu: number | undefined
  /** Since when it is kept on `cpu`; where it is not kept, from when on it may be. */
  changesAt: number
  banMs: number
}

/** Looks from its making on, until `stop`; where the system tells nothing of threads, never. */
export class WorkerPlacement {
  readonly #deps: WorkerPlacementDeps
  readonly #workers: readonly Worker[]
  readonly #stopLooking: () => void
  #lookedAt: number
  /** Threads that are known to run wherever they may. */
  #known = new Set<number>()
  /** Threads may have inherited the CPU of a worker since they were looked at. */
  #someInherit = false

  constructor(deps: WorkerPlacementDeps) {
    const { dispatcher, scheduling, threadIds } = deps
    this.#deps = deps
    this.#workers = threadIds.flatMap((threadId, index): Worker[] => {
      const times = scheduling.times(threadId)
      if (times === undefined) return []
      return [{ name: `worker_${index}`, threadId, times, cpu: undefined, changesAt: 0, banMs: SHORTEST_BAN_MS }]
    })
    this.#lookedAt = dispatcher.preciseNow()
    const timer = dispatcher.timer(() => timer.enable(this.#look() ? LOOK_MS : CALM_LOOK_MS))
    if (this.#workers.length > 0) timer.enable(LOOK_MS)
    this.#stopLooking = () => timer.disable()
  }

  /** Nobody is watched any more, so nobody is kept: requests in flight may go on for long. */
  stop(): void {
    this.#stopLooking()
    for (const worker of this.#workers) if (worker.cpu !== undefined) this.#letGo(worker, 0)
    if (this.#someInherit) this.#freeOthers()
  }

  /** Whether any worker was busy. */
  #look(): boolean {
    const now = this.#deps.dispatcher.preciseNow()
    const elapsedMs = now - this.#lookedAt
    this.#lookedAt = now
    let anyBusy = false
    for (const worker of this.#workers) {
      const times = this.#deps.scheduling.times(worker.threadId)
      if (times === undefined) {
        this.#letGoUnwatched(worker, now)
        continue
      }
      const slices = times.slices - worker.times.slices
      const waitedNs = times.waitedNs - worker.times.waitedNs
      const ranNs = times.ranNs - worker.times.ranNs
      worker.times = times
      if (slices * 1000 < FEWEST_SLICES * elapsedMs) {
        if (ranNs < MOSTLY * elapsedMs * 1e6) this.#letGoUnwatched(worker, now)
        continue
      }
      anyBusy = true
      this.#place(worker, isCrowded(waitedNs / (elapsedMs * 1e6), waitedNs / slices), now)
    }
    if (this.#someInherit) this.#freeOthers()
    return anyBusy
  }

  #place(worker: Worker, crowded: boolean, now: number): void {
    if (worker.cpu === undefined) {
      if (!crowded && now >= worker.changesAt) this.#keep(worker, now)
    } else if (crowded) {
      this.#letGo(worker, now + worker.banMs)
      worker.banMs = Math.min(worker.banMs * 2, LONGEST_BAN_MS)
    } else if (now - worker.changesAt >= LONGEST_STAY_MS) {
      this.#letGo(worker, now)
      worker.banMs = SHORTEST_BAN_MS
    }
  }

  #keep(worker: Worker, now: number): void {
    const { scheduling, logger } = this.#deps
    const cpu = scheduling.lastCpu(worker.threadId)
    if (cpu === undefined || this.#workers.some((other) => other.cpu === cpu)) return
    if (!scheduling.keepOn(worker.threadId, cpu)) return
    worker.cpu = cpu
    worker.changesAt = now
    this.#someInherit = true
    logger.debug(SOURCE, `${worker.name} stays on CPU ${cpu}`)
  }

  /** Nothing tells whether it has to wait. */
  #letGoUnwatched(worker: Worker, now: number): void {
    if (worker.cpu !== undefined) this.#letGo(worker, now)
  }

  #letGo(worker: Worker, until: number): void {
    this.#deps.scheduling.keepOn(worker.threadId, undefined)
    worker.cpu = undefined
    worker.changesAt = until
    this.#deps.logger.debug(SOURCE, `${worker.name} may run on any CPU`)
  }

  /** A thread inherits the CPUs of the one that began it, and the runtime's compilers are begun by workers. */
  #freeOthers(): void {
    const { scheduling } = this.#deps
    const known = new Set<number>()
    for (const threadId of scheduling.threadIds()) {
      const isWorker = this.#workers.some((worker) => worker.threadId === threadId)
      if (!isWorker && !this.#known.has(threadId)) scheduling.keepOn(threadId, undefined)
      known.add(threadId)
    }
    this.#known = known
    if (known.size > 0) this.#someInherit = this.#workers.some(({ cpu }) => cpu !== undefined)
  }
}

const SOURCE = 'source/server/worker_impl.cc:0'

function isCrowded(waited: number, nsEachTime: number): boolean {
  return waited > LONG_WAIT || (waited > NOTEWORTHY_WAIT && nsEachTime > NOTEWORTHY_WAIT_NS)
}
