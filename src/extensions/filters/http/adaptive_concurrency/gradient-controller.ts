/**
 * How many requests may be in flight, over all threads: as many as before, times the gradient between the best latency
 * and that of the latest sample, and room for a burst. The best latency is fixed, or measured now and then while only a
 * few requests are let through.
 *
 * The state lies in shared memory. What Envoy does by timers of its main thread, the thread does here that brought the need for
 * it: without requests there is nothing to work out.
 */
import type { Dispatcher, Random, Timer } from '../../../../api/event.ts'
import type { SharedStates } from '../../../../api/shared-states.ts'
import { SharedClock } from '../../../../base/shared-clock.ts'
import { lockShared, unlockShared } from '../../../../base/shared-lock.ts'
import type { GradientSettings } from './gradient-settings.ts'
import { HISTOGRAM_LENGTH, LatencyHistogram } from './latency-histogram.ts'
import type { GaugeName, GradientStats } from './stats.ts'
import { GAUGES } from './stats.ts'

/** Numbers of the state. The first float is two integers: the lock and the requests in flight. */
const LOCK = 0
const OUTSTANDING = 1
const LIMIT = 1
/** To go back to after a measurement; 0: none is going on. */
const DEFERRED_LIMIT = 2
const MIN_RTT_US = 3
/** Seconds: when the latest measurement began, when the next one does, when the next limit is worked out. */
const MEASURING_SINCE = 4
const NEXT_MEASUREMENT = 5
const NEXT_UPDATE = 6
const AT_MINIMUM = 7
/** Whether the state was set up. */
const READY = 8
const HISTOGRAM = 9

/** So often the lowest limit says that the measurement was wrong. */
const TOO_OFTEN_AT_MINIMUM = 5

export interface GradientControllerDeps {
  readonly settings: GradientSettings
  readonly states: SharedStates
  /** What the gauges show, of all threads together; of whoever has the same gauges. */
  readonly shown: Float64Array
  readonly dispatcher: Dispatcher
  readonly random: Random
  readonly stats: GradientStats
}

export class GradientController {
  readonly #settings: GradientSettings
  readonly #random: Random
  readonly #stats: GradientStats
  readonly #shown: Float64Array
  readonly #floats: Float64Array
  readonly #ints: Int32Array
  readonly #histogram: LatencyHistogram
  readonly #clock: SharedClock
  readonly #updateTimer: Timer
  readonly #measurementTimer: Timer

  constructor({ settings, states, shown, dispatcher, random, stats }: GradientControllerDeps) {
    const { floats, ints } = states.claim('gradient', HISTOGRAM + HISTOGRAM_LENGTH)
    this.#settings = settings
    this.#random = random
    this.#stats = stats
    this.#shown = shown
    this.#floats = floats
    this.#ints = ints
    this.#histogram = new LatencyHistogram(floats.subarray(HISTOGRAM))
    this.#clock = new SharedClock(dispatcher, states)
    this.#updateTimer = dispatcher.timer(() => this.#update())
    this.#measurementTimer = dispatcher.timer(() => this.#onMeasurementTimer())
    this.#locked(() => {
      if (floats[READY] === 0) this.#setUp()
    })
  }

  /** True: the request may go on, and `record` or `cancel` is called once for it. */
  admits(): boolean {
    this.#measureIfDue()
    if (Atomics.load(this.#ints, OUTSTANDING) < this.#floats[LIMIT]!) {
      Atomics.add(this.#ints, OUTSTANDING, 1)
      return true
    }
    this.#stats.rqBlocked.inc()
    return false
  }

  /** When a request begins, for `record`. */
  get seconds(): number {
    return this.#clock.seconds
  }

  record(begunAt: number, latencyUs: number): void {
    this.cancel()
    // From before the measurement, when there may have been more requests.
    if (begunAt < this.#floats[MEASURING_SINCE]!) return
    this.#locked(() => {
      this.#histogram.add(latencyUs)
      if (!this.#measuring || this.#histogram.count < this.#settings.requestCount) return
      this.#endMeasurement()
    })
    if (!this.#measuring && !this.#updateTimer.enabled) this.#armUpdate()
  }

  /** The request came to nothing. */
  cancel(): void {
    Atomics.sub(this.#ints, OUTSTANDING, 1)
  }

  get #measuring(): boolean {
    return this.#floats[DEFERRED_LIMIT]! > 0
  }

  #setUp(): void {
    const { fixedMinRttUs, minLimit, concurrency, updateIntervalMs } = this.#settings
    this.#floats[READY] = 1
    this.#floats[NEXT_UPDATE] = this.#clock.seconds + updateIntervalMs / 1000
    if (fixedMinRttUs === undefined) {
      this.#floats[LIMIT] = concurrency
      this.#beginMeasurement()
    } else {
      this.#floats[MIN_RTT_US] = fixedMinRttUs
      this.#show('min_rtt_msecs', Math.floor(fixedMinRttUs / 1000))
      this.#setLimit(minLimit)
    }
  }

  /** Also asked with each request: the thread whose timer it is may be busy, or gone. */
  #measureIfDue(): void {
    const next = this.#floats[NEXT_MEASUREMENT]!
    if (next > 0 && this.#clock.seconds >= next) this.#locked(() => this.#beginMeasurement())
  }

  #onMeasurementTimer(): void {
    this.#measureIfDue()
    // By the wall clock it may be a little early.
    const left = this.#floats[NEXT_MEASUREMENT]! - this.#clock.seconds
    if (left > 0) this.#measurementTimer.enable(Math.ceil(left * 1000))
  }

  #beginMeasurement(): void {
    if (this.#measuring || this.#settings.fixedMinRttUs !== undefined) return
    this.#show('min_rtt_calculation_active', 1)
    this.#floats[NEXT_MEASUREMENT] = 0
    this.#floats[DEFERRED_LIMIT] = this.#floats[LIMIT]!
    this.#setLimit(this.#settings.concurrency)
    this.#histogram.clear()
    this.#floats[MEASURING_SINCE] = this.#clock.seconds
  }

  #endMeasurement(): void {
    const { measuringIntervalMs, jitter, updateIntervalMs } = this.#settings
    const us = this.#takeSample()
    this.#floats[MIN_RTT_US] = us
    this.#show('min_rtt_msecs', Math.floor(us / 1000))
    const limit = this.#floats[DEFERRED_LIMIT]!
    this.#floats[AT_MINIMUM] = 0
    this.#setLimit(limit)
    this.#floats[DEFERRED_LIMIT] = 0
    this.#show('min_rtt_calculation_active', 0)
    const chance = Math.ceil(measuringIntervalMs * jitter)
    this.#measureIn(measuringIntervalMs + (chance === 0 ? 0 : this.#random.u32() % chance))
    this.#floats[NEXT_UPDATE] = this.#clock.seconds + updateIntervalMs / 1000
  }

  #update(): void {
    this.#locked(() => {
      if (this.#measuring || this.#clock.seconds < this.#floats[NEXT_UPDATE]!) return
      this.#floats[NEXT_UPDATE] = this.#clock.seconds + this.#settings.updateIntervalMs / 1000
      if (this.#histogram.count === 0) return
      const us = this.#takeSample()
      this.#show('sample_rtt_msecs', Math.floor(us / 1000))
      this.#setLimit(this.#newLimit(us))
    })
    if (!this.#measuring && this.#histogram.count > 0) this.#armUpdate()
  }

  #newLimit(sampleUs: number): number {
    const { buffer, minLimit, maxLimit } = this.#settings
    const minRttUs = this.#floats[MIN_RTT_US]!
    // Nothing is quicker than a microsecond.
    const raw = (minRttUs + minRttUs * buffer) / Math.max(1, sampleUs)
    const gradient = Math.max(0.5, Math.min(2, raw))
    const limit = this.#floats[LIMIT]! * gradient
    const headroom = Math.sqrt(limit)
    this.#show('gradient', Math.floor(gradient * 1000))
    this.#show('burst_queue_size', Math.floor(headroom))
    return Math.max(minLimit, Math.min(maxLimit, Math.floor(limit + headroom)))
  }

  #setLimit(limit: number): void {
    const floats = this.#floats
    const lowest = this.#settings.minLimit
    const stays = !this.#measuring && floats[LIMIT] === lowest && limit === lowest
    floats[AT_MINIMUM] = stays ? floats[AT_MINIMUM]! + 1 : 0
    floats[LIMIT] = limit
    this.#show('concurrency_limit', limit)
    // It can hardly be that bad: measure again.
    if (floats[AT_MINIMUM] >= TOO_OFTEN_AT_MINIMUM && this.#settings.fixedMinRttUs === undefined) this.#measureIn(0)
  }

  #measureIn(ms: number): void {
    this.#floats[NEXT_MEASUREMENT] = this.#clock.seconds + ms / 1000
    this.#measurementTimer.enable(ms)
  }

  #takeSample(): number {
    const us = this.#histogram.quantile(this.#settings.percentile)
    this.#histogram.clear()
    return us
  }

  /** Threads add up what they show, so each adds only what changes. */
  #show(name: GaugeName, value: number): void {
    const index = GAUGES.indexOf(name)
    const change = value - this.#shown[index]!
    this.#shown[index] = value
    if (change > 0) this.#stats.gauges[index]!.add(change)
    else if (change < 0) this.#stats.gauges[index]!.sub(-change)
  }

  #armUpdate(): void {
    this.#updateTimer.enable(Math.max(0, (this.#floats[NEXT_UPDATE]! - this.#clock.seconds) * 1000))
  }

  #locked(work: () => void): void {
    lockShared(this.#ints, LOCK)
    work()
    unlockShared(this.#ints, LOCK)
  }
}
