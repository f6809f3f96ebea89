/**
 * The loop over a thread's sockets: an epoll of our own inside the runtime's loop. The runtime's sockets cost a request
 * a quarter more than the kernel's calls do: an object for each chunk, a call into JavaScript for each event, a slow way
 * of accepting (bench/README.md).
 *
 * While there is traffic the thread is in `#run`: it waits here, works off what came in turns, and lets the runtime's
 * loop turn once whenever that has something to do, as its descriptor is among those waited for, and now and
 * then besides. When nothing came for a while the thread sleeps in the runtime's loop, which is then made to wait for
 * this one. Of two such loops in one thread each would wait while the other has work; only tests have two.
 */
import { drainMicrotasks } from 'bun:jsc'
import type { FileEvents, FileTarget } from '../api/event.ts'
import { Epoll } from '../platform/epoll.ts'
import { EPOLLET, EPOLLIN, EPOLLOUT, EPOLLRDHUP } from '../platform/epoll-constants.ts'
import { RuntimeLoop } from './runtime-loop.ts'

/** Whose turns end here. */
export interface TurnOwner {
  /** When the next timers are due, by `performance.now()`. */
  readonly alarmAt: number
  /** Those that were due by then. */
  fireTimers(until: number): void
  /** Something waits for the end of the turn. */
  readonly turnIsDue: boolean
  /** Nothing is ready, and the thread is about to wait. Whether that took time. */
  beforeWaiting(): boolean
  /** From now on the ends of turns are asked for by `finishTurn`, until `leaveTurns`. */
  enterTurns(): void
  /** Returns the time after it, by `performance.now()`. */
  finishTurn(): number
  leaveTurns(): void
}

/** How long the runtime's loop has to wait for what it does without descriptors: timers that are not the dispatcher's. */
export interface RuntimePatience {
  /** So long the thread stays here while there is traffic. */
  readonly stayMs: number
  /** After so long without an event it sleeps in the runtime's loop. To wake there costs some 30 µs. */
  readonly idleMs: number
}

/** Where others' code has timers, too. */
export const WITH_TIMERS: RuntimePatience = { stayMs: 2, idleMs: 10 }
/**
 * Where all timers are the dispatcher's. A turn of the runtime's loop runs 40,000 instructions on nearly as many cache
 * lines as all of a proxy's own code for a request (bench/README.md).
 */
export const WITHOUT_TIMERS: RuntimePatience = { stayMs: 500, idleMs: 10 }

export class LiveFileEvents implements FileEvents {
  readonly #turns: TurnOwner
  readonly #patience: RuntimePatience
  readonly #epoll = new Epoll()
  readonly #runtime = new RuntimeLoop(() => this.#wake())
  /** -1: not found, so that nothing tells us when it has something to do. */
  readonly #runtimeFd: number
  // By descriptor. The generation tells events of a descriptor's former owner.
  readonly #targets: (FileTarget | undefined)[] = []
  readonly #generations: number[] = []
  #count = 0
  #activated: number[] = []
  #awake = false
  /** The runtime's descriptor is among those waited for. */
  #waitsForRuntime = false
  #idleSince = 0
  readonly #onImmediate = (): void => this.#run()

  constructor(turns: TurnOwner, patience: RuntimePatience) {
    this.#turns = turns
    this.#patience = patience
    this.#runtimeFd = this.#runtime.findDescriptor() ?? -1
  }

  add(fd: number, trigger: 'edge' | 'level', target: FileTarget): number {
    const generation = ((this.#generations[fd] ?? 0) + 1) | 0
    const events = trigger === 'edge' ? EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET : EPOLLIN
    const error = this.#epoll.add(fd, events, generation)
    if (error !== 0) return error
    this.#generations[fd] = generation
    this.#targets[fd] = target
    if (this.#count++ === 0) this.#wake()
    return 0
  }

  remove(fd: number): void {
    if (this.#targets[fd] === undefined) return
    this.#epoll.remove(fd)
    this.forget(fd)
  }

  forget(fd: number): void {
    if (this.#targets[fd] === undefined) return
    this.#targets[fd] = undefined
    this.#count--
    // A thread that waits for nothing may end.
    if (this.#count === 0 && !this.#awake) this.#runtime.unwatch()
  }

  activate(fd: number, events: number): void {
    this.#activated.push(fd, this.#generations[fd] ?? 0, events)
    this.#wake()
  }

  close(): void {
    this.#targets.length = 0
    this.#count = 0
    this.#awake = false
    this.#runtime.unwatch()
    this.#epoll.close()
  }

  /**
   * Works off what is ready by now, for timers of the runtime's loop, which come before it. False: that is about to be
   * done anyway, and timers with it.
   */
  look(): boolean {
    if (this.#awake) return false
    this.#turns.enterTurns()
    this.#dispatch(this.#epoll.wait(0))
    this.#turns.finishTurn()
    this.#turns.leaveTurns()
    return true
  }

  #wake(): void {
    if (this.#awake) return
    this.#awake = true
    // Two queues cannot wait for each other.
    this.#runtime.unwatch()
    this.#idleSince = performance.now()
    setImmediate(this.#onImmediate)
  }

  /** False: it stays awake, as nothing could wake it. */
  #fallAsleep(): boolean {
    if (this.#waitsForRuntime) this.#epoll.remove(this.#runtimeFd)
    this.#waitsForRuntime = false
    if (this.#count > 0 && !this.#runtime.watch(this.#epoll.fd)) return false
    this.#awake = false
    return true
  }

  #run(): void {
    if (!this.#awake) return
    // It may be refused at first: what waited for us is not gone yet.
    this.#waitsForRuntime ||= this.#runtimeFd >= 0 && this.#epoll.add(this.#runtimeFd, EPOLLIN, 0) === 0
    this.#turns.enterTurns()
    this.#turnUntilDue()
    this.#turns.leaveTurns()
    const idle = this.#activated.length === 0 && performance.now() - this.#idleSince >= this.#patience.idleMs
    if (!idle || !this.#fallAsleep()) setImmediate(this.#onImmediate)
  }

  /** Until the runtime's loop has to turn. */
  #turnUntilDue(): void {
    // Without its descriptor nothing tells us when it has something to do.
    const { stayMs } = this.#waitsForRuntime ? this.#patience : WITH_TIMERS
    const begun = performance.now()
    let now = begun
    do {
      const isActive = this.#activated.length > 0
      const waits = !isActive && !this.#turns.turnIsDue
      if (waits && this.#turns.beforeWaiting()) now = performance.now()
      const wait = waits ? this.#longestWait(now) : 0
      const asked = now
      const count = this.#epoll.wait(wait)
      const runtimeIsReady = this.#dispatch(count)
      now = this.#turns.finishTurn()
      // What promises of this turn wait for; the runtime does so after each of its callbacks.
      drainMicrotasks()
      // What came while this turn was worked off came in time, however long it took: it is looked at before timers are.
      const due = isActive || count > 0 ? asked : now
      if (due >= this.#turns.alarmAt) this.#turns.fireTimers(due)
      if (count > 0) this.#idleSince = now
      else if (wait > 0) return
      if (runtimeIsReady) return
    } while (now - begun < stayMs)
  }

  #longestWait(now: number): number {
    const untilIdle = this.#waitsForRuntime ? this.#patience.idleMs : 1
    const untilAlarm = this.#turns.alarmAt - now
    if (untilAlarm <= 0) return 0
    // An integer in any case, as compiled code expects one.
    return untilAlarm >= untilIdle ? untilIdle : Math.ceil(untilAlarm) | 0
  }

  /** Whether the runtime's loop is ready. */
  #dispatch(count: number): boolean {
    const activated = this.#activated
    if (activated.length > 0) {
      this.#activated = []
      for (let i = 0; i < activated.length; i += 3) this.#tell(activated[i]!, activated[i + 1]!, activated[i + 2]!)
    }
    let runtimeIsReady = false
    for (let i = 0; i < count; i++) {
      const fd = this.#epoll.fdAt(i)
      if (fd === this.#runtimeFd) runtimeIsReady = true
      else this.#tell(fd, this.#epoll.generationAt(i), this.#epoll.eventsAt(i))
    }
    return runtimeIsReady
  }

  #tell(fd: number, generation: number, events: number): void {
    if (this.#generations[fd] === generation) this.#targets[fd]?.onFileEvent(events)
  }
}
