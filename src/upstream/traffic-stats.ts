/**
 * Counters of requests and responses that the router keeps (Envoy's CodeStats for the cluster's part). Those by status
 * are created at their first use and then kept by number.
 */
import type { Counter, Histogram, Scope } from '../api/stats.ts'
import type { AlternateTrafficStats, ClusterRequestCounter, ClusterTrafficStats } from '../api/upstream.ts'
import { AlternateStats } from './alternate-stats.ts'

/** Counters below one prefix: '', `internal.`, `external.`, `canary.`, `retry.` or `zone.<from>.<to>.`. */
class StatusCounters {
  readonly #scope: Scope
  readonly #prefix: string
  readonly #byStatus: (Counter | undefined)[] = []
  readonly #byClass: (Counter | undefined)[] = []
  #completed: Counter | undefined = undefined
  #time: Histogram | undefined = undefined

  constructor(scope: Scope, prefix: string) {
    this.#scope = scope
    this.#prefix = prefix
  }

  /** The status is not told. */
  countHidden(): void {
    this.#completed ??= this.#scope.counter(`${this.#prefix}upstream_rq_completed`)
    this.#completed.inc()
  }

  count(status: number): void {
    this.countHidden()
    const digit = Math.floor(status / 100)
    // Of others Envoy knows no more than that there are such.
    if (digit < 1 || digit > 5) return this.#scope.counter(`${this.#prefix}upstream_rq_unknown`).inc()
    const ofStatus = this.#byStatus[status]
    if (ofStatus !== undefined) ofStatus.inc()
    else this.#countFirst(status)
    const ofClass = this.#byClass[digit]
    if (ofClass !== undefined) ofClass.inc()
    else this.#countFirstOfClass(digit)
  }

  time(ms: number): void {
    this.#time ??= this.#scope.histogram(`${this.#prefix}upstream_rq_time`, 'ms')
    this.#time.record(ms)
  }

  #countFirst(status: number): void {
    const counter = this.#scope.counter(`${this.#prefix}upstream_rq_${status}`)
    this.#byStatus[status] = counter
    counter.inc()
  }

  #countFirstOfClass(digit: number): void {
    const counter = this.#scope.counter(`${this.#prefix}upstream_rq_${digit}xx`)
    this.#byClass[digit] = counter
    counter.inc()
  }
}

export class ScopedTrafficStats implements ClusterTrafficStats {
  readonly #scope: Scope
  readonly #all: StatusCounters
  readonly #internal: StatusCounters
  readonly #external: StatusCounters
  readonly #canary: StatusCounters
  readonly #retried: StatusCounters
  readonly #counters = new Map<ClusterRequestCounter, Counter>()
  /** Where this proxy is; '': nobody said. */
  readonly #ownZone: string
  /** By the zone of the host. */
  readonly #zones = new Map<string, StatusCounters>()
  #alternates: AlternateStats | undefined = undefined

  constructor(scope: Scope, ownZone: string) {
    this.#scope = scope
    this.#ownZone = ownZone
    this.#all = new StatusCounters(scope, '')
    this.#internal = new StatusCounters(scope, 'internal.')
    this.#external = new StatusCounters(scope, 'external.')
    this.#canary = new StatusCounters(scope, 'canary.')
    this.#retried = new StatusCounters(scope, 'retry.')
  }

  response(status: number, internal: boolean, canary: boolean, zone: string, hidden: boolean): void {
    if (hidden) this.#all.countHidden()
    else this.#all.count(status)
    if (canary) this.#canary.count(status)
    if (internal) this.#internal.count(status)
    else this.#external.count(status)
    if (this.#ownZone !== '' && zone !== '') this.#toZone(zone).count(status)
  }

  retriedResponse(status: number, hidden: boolean): void {
    if (hidden) this.#retried.countHidden()
    else this.#retried.count(status)
  }

  responseTime(ms: number, internal: boolean, canary: boolean, zone: string): void {
    this.#all.time(ms)
    if (canary) this.#canary.time(ms)
    if (internal) this.#internal.time(ms)
    else this.#external.time(ms)
    if (this.#ownZone !== '' && zone !== '') this.#toZone(zone).time(ms)
  }

  alternate(name: string): AlternateTrafficStats | undefined {
    this.#alternates ??= new AlternateStats(this.#scope, (scope) => new ScopedTrafficStats(scope, this.#ownZone))
    return this.#alternates.get(name)
  }

  #toZone(zone: string): StatusCounters {
    let counters = this.#zones.get(zone)
    if (counters === undefined) {
      counters = new StatusCounters(this.#scope, `zone.${this.#ownZone}.${zone}.`)
      this.#zones.set(zone, counters)
    }
    return counters
  }

  counter(name: ClusterRequestCounter): Counter {
    let counter = this.#counters.get(name)
    if (counter === undefined) this.#counters.set(name, (counter = this.#scope.counter(name)))
    return counter
  }
}
