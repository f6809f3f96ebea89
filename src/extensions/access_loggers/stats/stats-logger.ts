/** envoy.access_loggers.stats: records count, and are written nowhere. */
import type { AccessLogger, AccessLogType, FormatterContext } from '../../../api/access-log.ts'
import type { Dispatcher } from '../../../api/event.ts'
import type { FactoryContext } from '../../../api/extension.ts'
import type { Logger } from '../../../api/log.ts'
import type { Counter, Gauge, Histogram, LatestGauge } from '../../../api/stats.ts'
import type { GaugeOperation, StatsLogConfig, StatsScopeConfig } from './config.ts'
import { NameLimit } from './name-limit.ts'
import { PairedGauges } from './paired-gauges.ts'
import type { StatNameConfig } from './stat-name.ts'
import { StatFamily } from './stat-family.ts'
import type { StatValue } from './stat-value.ts'
import { numberOf } from './stat-value.ts'

interface Entry<T> {
  readonly stats: StatFamily<T>
  readonly value: StatValue
}

interface PairedEntry extends Entry<Gauge> {
  readonly name: string
  readonly operation: GaugeOperation & { readonly kind: 'paired' }
}

interface SetEntry extends Entry<LatestGauge> {
  readonly operation: GaugeOperation & { readonly kind: 'set' }
}

const SOURCE = 'source/extensions/access_loggers/stats/stats.cc'
const SKIPPED_SUBTRACT =
  'gauge paired subtract was skipped due to no corresponding add, possibly due to misconfigured events'
const COMPLAINTS_EVERY_MS = 10_000
/** As the recorder keeps them. */
const PERCENT_SCALE = 1e6

const LAST_RECORDS: ReadonlySet<AccessLogType> = new Set<AccessLogType>([
  'DownstreamEnd',
  'TcpConnectionEnd',
  'UpstreamEnd',
])

export class StatsLogger implements AccessLogger {
  readonly #dispatcher: Dispatcher
  readonly #logger: Logger
  readonly #histograms: readonly (Entry<Histogram> & { readonly isPercent: boolean })[]
  readonly #counters: readonly Entry<Counter>[]
  readonly #setGauges: readonly SetEntry[]
  readonly #pairedGauges: readonly PairedEntry[]
  readonly #paired = new PairedGauges()
  /** By what is complained of: when it was last. */
  readonly #complained = new Map<string, number>()

  constructor(config: StatsLogConfig, context: FactoryContext) {
    this.#dispatcher = context.dispatcher
    this.#logger = context.logger('misc')
    const scope = context.scope.scope(config.scope.prefix)
    const limits = limitsOf(config.scope, context)
    for (const { name } of [...config.histograms, ...config.counters, ...config.gauges]) {
      for (const { rules } of name.tags) rules?.bind(context)
    }
    const gauges = <T>(name: StatNameConfig, make: ConstructorParameters<typeof StatFamily<T>>[2]) =>
      new StatFamily(name, limits.gauges, make)
    this.#histograms = config.histograms.map(({ name, unit, value }) => {
      const stats = new StatFamily(name, limits.histograms, (own, tags) => scope.histogram(own, unit, tags))
      return { stats, value, isPercent: unit === 'percent' }
    })
    this.#counters = config.counters.map(({ name, value }) => {
      const stats = new StatFamily(name, limits.counters, (own, tags) => scope.counter(own, tags))
      return { stats, value }
    })
    this.#setGauges = config.gauges.flatMap(({ name, operation, value }) => {
      if (operation.kind !== 'set') return []
      return { stats: gauges(name, (own, tags) => scope.latestGauge(own, tags)), value, operation }
    })
    this.#pairedGauges = config.gauges.flatMap(({ name, operation, value }) => {
      if (operation.kind !== 'paired') return []
      return {
        stats: gauges(name, (own, tags) => scope.gauge(own, 'accumulate', tags)),
        value,
        operation,
        name: name.name,
      }
    })
  }

  log(record: FormatterContext): void {
    for (const { stats, value, isPercent } of this.#histograms) {
      const stat = this.#valued(stats, value, record)
      if (stat === undefined) continue
      stat.of.record(isPercent ? Math.trunc(stat.value * PERCENT_SCALE) / PERCENT_SCALE : Math.trunc(stat.value))
    }
    for (const { stats, value } of this.#counters) {
      const stat = this.#valued(stats, value, record)
      stat?.of.add(Math.trunc(stat.value))
    }
    for (const { stats, value, operation } of this.#setGauges) {
      if (operation.on !== record.logType) continue
      const stat = this.#valued(stats, value, record)
      stat?.of.set(Math.trunc(stat.value), this.#dispatcher.wallNow)
    }
    for (const entry of this.#pairedGauges) this.#pair(entry, record)
    this.passedOver(record)
  }

  /** Also of records that a filter keeps away: the last one is the end of what the stream holds. */
  passedOver({ logType, streamInfo }: FormatterContext): void {
    if (this.#pairedGauges.length > 0 && LAST_RECORDS.has(logType)) this.#paired.end(streamInfo)
  }

  #pair({ stats, value, name, operation: { addOn, subtractOn } }: PairedEntry, record: FormatterContext): void {
    const { logType, streamInfo } = record
    if (logType !== addOn && logType !== subtractOn) return
    const amount = Math.trunc(this.#number(value, record) ?? 0)
    // Not even the gauge is made.
    const gauge = amount === 0 ? undefined : stats.of(record)
    if (gauge === undefined) return
    if (logType === addOn) this.#paired.add(streamInfo, gauge, amount)
    else if (!this.#paired.subtract(streamInfo, gauge, amount)) {
      this.#complain(136, `${SKIPPED_SUBTRACT}: `, name)
    }
  }

  /** The stat that the record counts in, and for how much; undefined when it does not. */
  #valued<T>(stats: StatFamily<T>, value: StatValue, record: FormatterContext): Valued<T> | undefined {
    const number = this.#number(value, record)
    // In this order, as a stat that nothing counts in is not made.
    const of = number === undefined ? undefined : stats.of(record)
    return number === undefined || of === undefined ? undefined : { of, value: number }
  }

  #number(value: StatValue, record: FormatterContext): number | undefined {
    if (value.kind === 'fixed') return value.value
    const text = value.text(record)
    if (text === undefined) this.#complain(357, 'computed non-number value: ')
    const number = text === undefined ? undefined : numberOf(text)
    if (text !== undefined && number === undefined)
      this.#complain(351, "formatted a string that isn't a number: ", text)
    return number
  }

  #complain(line: number, what: string, about = ''): void {
    const { now } = this.#dispatcher
    const last = this.#complained.get(what)
    if (last !== undefined && now - last < COMPLAINTS_EVERY_MS) return
    this.#complained.set(what, now)
    this.#logger.error(`${SOURCE}:${line}`, `Stats access logger ${what}${about}`)
  }
}

interface Valued<T> {
  readonly of: T
  readonly value: number
}

function limitsOf(config: StatsScopeConfig, { shared }: FactoryContext) {
  const { key, maxCounters, maxGauges, maxHistograms } = config
  const states = (config.shared ? shared.process : shared).within(`stats scope ${key}`)
  const limit = (most: number | undefined, kind: string) =>
    most === undefined ? undefined : new NameLimit(most, states, kind)
  return {
    counters: limit(maxCounters, 'counters'),
    gauges: limit(maxGauges, 'gauges'),
    histograms: limit(maxHistograms, 'histograms'),
  }
}
