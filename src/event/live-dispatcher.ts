/**
 * The event loop of a thread: the runtime's own with that of the sockets inside (`file-events.ts`), one wheel for all
 * timers, one clock reading a turn, and one callback at the end of a turn for everything that was put off until then.
 *
 * Whatever a callback throws is a bug and is left to surface as an uncaught exception.
 */
import type { Deletable, Dispatcher, FileEvents, Timer } from '../api/event.ts'
import type { WheelNode } from '../base/timer-wheel.ts'
import { TimerWheel } from '../base/timer-wheel.ts'
import { Activity } from './activity.ts'
import type { DispatcherStats } from './dispatcher-stats.ts'
import { LiveFileEvents, WITH_TIMERS } from './file-events.ts'
import type { RuntimePatience, TurnOwner } from './file-events.ts'
import { ThreadLocals } from './thread-locals.ts'
import { WheelTimer } from './wheel-timer.ts'

/** The runtime's timers are 32-bit; a longer wait is split. */
const LONGEST_WAIT_MS = 2 ** 30

/** No integer: compiled code keeps a reading of the clock as a double, and would be thrown away for one that is none. */
const UNREAD = -0.5

export class LiveDispatcher implements Dispatcher, TurnOwner {
  readonly name: string
  readonly #locals = new ThreadLocals(this)
  /** Cached reading of the clock; negative when it has to be read. */
  #now = UNREAD
  readonly #wallOffset: number
  readonly #wheel: TimerWheel
  #alarm: ReturnType<typeof setTimeout> | undefined = undefined
  #alarmTick = Infinity
  /** When the alarm was to go off, by the clock. */
  #alarmAt = 0
  readonly #activity: Activity
  readonly #patience: RuntimePatience
  #stats: DispatcherStats | undefined = undefined
  #turnStart = 0
  #firing = false
  #closed = false
  #files: LiveFileEvents | undefined = undefined
  /** Ends of turns are asked for by the file events, not by the runtime's loop. */
  #inTurns = false
  #endOfTurnDue = false
  #endingTurn = false
  #posted: (() => void)[] = []
  #pastime: (() => boolean) | undefined = undefined
  #deletable: Deletable[] = []
  readonly #onAlarm = (): void => {
    this.#alarm = undefined
    // The thread may have been held up: what came meanwhile is no later than this.
    const due = performance.now()
    if (this.#files?.look() !== false) this.#fireTimers(due)
  }
  readonly #onEndOfTurn = (): void => {
    if (this.#endOfTurnDue) this.#endTurn()
  }

  /** `activity`: where a watchdog looks. */
  constructor(name: string, activity: Activity = new Activity(), patience: RuntimePatience = WITH_TIMERS) {
    this.name = name
    this.#patience = patience
    this.#activity = activity
    this.#wallOffset = Date.now() - performance.now()
    this.#wheel = new TimerWheel(Math.floor(performance.now()))
  }

  get now(): number {
    if (this.#now < 0) {
      this.#now = performance.now()
      this.#needEndOfTurn()
    }
    return this.#now
  }

  get wallNow(): number {
    return this.#wallOffset + this.now
  }

  preciseNow(): number {
    return performance.now()
  }

  timer(callback: () => void): Timer {
    return new WheelTimer(this, callback)
  }

  post(callback: () => void): void {
    this.#posted.push(callback)
    this.#needEndOfTurn()
  }

  deferredDelete(thing: Deletable): void {
    this.#deletable.push(thing)
    this.#needEndOfTurn()
  }

  callbackBegins(): void {
    this.#activity.callbackBegins()
    if (this.#stats !== undefined) this.#needEndOfTurn()
  }

  callbackEnds(): void {
    this.#activity.callbackEnds()
  }

  place(name: string): number {
    return this.#activity.place(name)
  }

  at(place: number): void {
    this.#activity.at(place)
  }

  /** From now on turns are measured. */
  measure(stats: DispatcherStats): void {
    this.#stats = stats
  }

  local<T extends object>(Kind: new (dispatcher: Dispatcher) => T): T {
    return this.#locals.get(Kind)
  }

  get files(): FileEvents {
    return (this.#files ??= new LiveFileEvents(this, this.#patience))
  }

  get alarmAt(): number {
    return this.#alarmTick
  }

  fireTimers(until: number): void {
    clearTimeout(this.#alarm)
    this.#fireTimers(until)
  }

  get turnIsDue(): boolean {
    return this.#endOfTurnDue
  }

  /** `pastime` is for moments when nothing is ready, and says whether it took time. There is one at most. */
  whileNothingIsReady(pastime: () => boolean): void {
    this.#pastime = pastime
  }

  beforeWaiting(): boolean {
    return this.#pastime !== undefined && this.#pastime()
  }

  enterTurns(): void {
    this.#inTurns = true
  }

  leaveTurns(): void {
    this.#inTurns = false
    if (this.#endOfTurnDue) setImmediate(this.#onEndOfTurn)
  }

  finishTurn(): number {
    return this.#endOfTurnDue ? this.#endTurn() : performance.now()
  }

  /** Nothing fires afterwards; what was posted is dropped. */
  close(): void {
    this.#files?.close()
    this.#closed = true
    clearTimeout(this.#alarm)
    this.#alarm = undefined
    this.#posted = []
    this.#deletable = []
  }

  /** For the dispatcher's timers only. */
  arm(node: WheelNode, ms: number): void {
    const tick = Math.ceil(this.now + ms)
    this.#wheel.arm(node, tick)
    // Deadlines of before are kept by the alarm that is set, which only an earlier one needs to change.
    if (tick < this.#alarmTick && !this.#firing) this.#setAlarm()
  }

  /** For the dispatcher's timers only. */
  disarm(node: WheelNode): void {
    // The alarm stays: to find nothing due once in a while is cheaper than to set it anew for every timer.
    this.#wheel.disarm(node)
  }

  #setAlarm(): void {
    const next = this.#wheel.nextWake()
    if (next === undefined || this.#closed || next >= this.#alarmTick) return
    clearTimeout(this.#alarm)
    this.#alarmTick = next
    const present = performance.now()
    this.#alarmAt = Math.max(next, present)
    // Whole milliseconds, up: what the runtime cuts off would mean to wake up too early, and once more.
    const wait = Math.min(Math.ceil(this.#alarmAt - present), LONGEST_WAIT_MS)
    this.#alarm = setTimeout(this.#onAlarm, wait)
  }

  #fireTimers(until: number): void {
    this.#alarm = undefined
    this.#alarmTick = Infinity
    this.#firing = true
    // Read anew: the cached time may be of the sockets' part of this turn.
    this.#now = performance.now()
    this.#stats?.polled(this.#now - this.#alarmAt)
    this.#needEndOfTurn()
    this.#wheel.advance(Math.floor(until))
    this.#firing = false
    this.#setAlarm()
  }

  #needEndOfTurn(): void {
    if (this.#endOfTurnDue) return
    this.#endOfTurnDue = true
    if (!this.#endingTurn) this.#beginTurn()
    if (!this.#inTurns) setImmediate(this.#onEndOfTurn)
  }

  #beginTurn(): void {
    this.#activity.turnBegins()
    if (this.#now < 0) this.#now = performance.now()
    this.#turnStart = this.#now
  }

  /** Returns when it was over. */
  #endTurn(): number {
    this.#endOfTurnDue = false
    this.#endingTurn = true
    const posted = this.#posted
    if (posted.length > 0) {
      // What these post belongs to the next turn: otherwise two that post each other would starve the sockets.
      this.#posted = []
      for (let i = 0; i < posted.length; i++) posted[i]!()
    }
    const deletable = this.#deletable
    if (deletable.length > 0) {
      this.#deletable = []
      for (let i = 0; i < deletable.length; i++) deletable[i]!.destroy()
    }
    this.#now = UNREAD
    this.#endingTurn = false
    const end = performance.now()
    const lastedMs = end - this.#turnStart
    this.#stats?.turn(lastedMs)
    this.#activity.turnLasted(lastedMs)
    this.#activity.turnEnds()
    // What was posted meanwhile has asked for the end of the turn that begins here.
    if (this.#endOfTurnDue) this.#beginTurn()
    return end
  }
}
