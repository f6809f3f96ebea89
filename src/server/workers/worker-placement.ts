/**
 * Keeps each worker on the CPU where it is, as long as it need not wait for it.
 *
 * The kernel moves a thread that was woken by a socket to where its waker runs or where nothing runs, several hundred
 * times a second at a low rate, and each time it finds the caches of another CPU: an eighth of what a request costs. Bound
 * for good, a worker would suffer from every other thread that is, so it is watched: one that has to wait is let go, and
 * for longer each time; and once a minute each is, so that the kernel can place it anew.
 */
import type { Dispatcher } from '../../api/event.ts'
import type { Logger } from '../../api/log.ts'
import type { ThreadScheduling, ThreadTimes } from './thread-scheduling.ts'

/** As often as watchdogs look. */
const LOOK_MS = 2000
/** Less often in a second tells too little to keep a worker where it is. */
const FEWEST_SLICES = 20
/** Of the time. */
const LONG_WAIT = 0.2
/** If each wait was longer than that; a thread that woke it and then sleeps is no crowd. */
const NOTEWORTHY_WAIT = 0.05
const NOTEWORTHY_WAIT_NS = 50_000
/** Each, of one that seldom runs. */
const LONG_WAIT_NS = 200_000
const LONGEST_STAY_MS = 60_000
const SHORTEST_BAN_MS = 4000
/** Not long: where every CPU is crowded, one that may run anywhere has to wait as well, and is not kept. */
const LONGEST_BAN_MS = 16_000

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

/** `free`: nobody else wants its CPU; `unknown`: it ran too seldom to say; `unwatched`: the system tells nothing now. */
type Fit = 'free' | 'crowded' | 'unknown' | 'unwatched'

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
    const timer = dispatcher.timer(() => {
      this.#look()
      timer.enable(LOOK_MS)
    })
    if (this.#workers.length > 0) timer.enable(LOOK_MS)
    this.#stopLooking = () => timer.disable()
  }

  /** Nobody is watched any more, so nobody is kept: requests in flight may go on for long. */
  stop(): void {
    this.#stopLooking()
    for (const worker of this.#workers) if (worker.cpu !== undefined) this.#letGo(worker, 0)
    if (this.#someInherit) this.#freeOthers()
  }

  #look(): void {
    const now = this.#deps.dispatcher.preciseNow()
    const elapsedMs = now - this.#lookedAt
    this.#lookedAt = now
    for (const worker of this.#workers) this.#place(worker, this.#fit(worker, elapsedMs), now)
    if (this.#someInherit) this.#freeOthers()
  }

  /** How a worker fared since it was looked at. */
  #fit(worker: Worker, elapsedMs: number): Fit {
    const { scheduling } = this.#deps
    const times = scheduling.times(worker.threadId)
    if (times === undefined) return 'unwatched'
    const slices = times.slices - worker.times.slices
    const waitedNs = times.waitedNs - worker.times.waitedNs
    const ranNs = times.ranNs - worker.times.ranNs
    worker.times = times
    // A wait is counted only when it is over.
    if (slices === 0) return ranNs === 0 && scheduling.isReady(worker.threadId) ? 'crowded' : 'unknown'
    const waited = waitedNs / (elapsedMs * 1e6)
    const nsEachTime = waitedNs / slices
    if (waited > LONG_WAIT || (waited > NOTEWORTHY_WAIT && nsEachTime > NOTEWORTHY_WAIT_NS)) return 'crowded'
    if (slices * 1000 >= FEWEST_SLICES * elapsedMs) return 'free'
    return nsEachTime > LONG_WAIT_NS ? 'crowded' : 'unknown'
  }

  #place(worker: Worker, fit: Fit, now: number): void {
    if (worker.cpu === undefined) {
      if (fit === 'free' && now >= worker.changesAt) this.#keep(worker, now)
    } else if (fit === 'crowded') {
      this.#letGo(worker, now + worker.banMs)
      worker.banMs = Math.min(worker.banMs * 2, LONGEST_BAN_MS)
    } else if (fit === 'unwatched' || now - worker.changesAt >= LONGEST_STAY_MS) {
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
