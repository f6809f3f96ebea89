/** envoy.extensions.access_loggers.stats.v3.Config, parsed. */
import type { AccessLogType } from '../../../api/access-log.ts'
import type { Reader } from '../../../api/config.ts'
import type { HistogramUnit } from '../../../api/stats.ts'
import type { StatNameConfig } from './stat-name.ts'
import { readStatName } from './stat-name.ts'
import type { StatValue } from './stat-value.ts'
import { readStatValue, readValueOrFixed } from './stat-value.ts'

export interface StatsLogConfig {
  readonly scope: StatsScopeConfig
  readonly histograms: readonly HistogramConfig[]
  readonly counters: readonly CounterConfig[]
  readonly gauges: readonly GaugeConfig[]
}

export interface StatsScopeConfig {
  readonly prefix: string
  /** How many names there may be of a kind; undefined: any number. */
  readonly maxCounters: number | undefined
  readonly maxGauges: number | undefined
  readonly maxHistograms: number | undefined
  /** What all threads know the counts of names by. */
  readonly key: string
  /** Other loggers with the same scope share its limits. */
  readonly shared: boolean
}

export interface CounterConfig {
  readonly name: StatNameConfig
  readonly value: StatValue
}

export interface HistogramConfig extends CounterConfig {
  readonly unit: HistogramUnit
}

export interface GaugeConfig extends CounterConfig {
  readonly operation: GaugeOperation
}

export type GaugeOperation =
  | { readonly kind: 'set'; readonly on: AccessLogType }
  /** What one record of a stream adds another one takes away, or else the stream's end. */
  | { readonly kind: 'paired'; readonly addOn: AccessLogType; readonly subtractOn: AccessLogType }

export function parseStatsLog(reader: Reader): StatsLogConfig {
  return {
    scope: readScope(reader),
    histograms: reader.messages('histograms', (histogram) => ({
      name: histogram.message('stat', readStatName) ?? NAMELESS,
      unit: UNITS[histogram.enumeration<keyof typeof UNITS>('unit', 'Unspecified')],
      value: readStatValue(histogram),
    })),
    counters: reader.messages('counters', (counter) => ({
      name: counter.message('stat', readStatName) ?? NAMELESS,
      value: readValueOrFixed(counter, 'counter'),
    })),
    gauges: reader.messages('gauges', (gauge) => {
      const operation = readOperation(gauge)
      const name = gauge.message('stat', readStatName) ?? NAMELESS
      return { name, operation, value: readValueOrFixed(gauge, 'gauge') }
    }),
  }
}

/** After an error: a stat that has no name is refused. */
const NAMELESS: StatNameConfig = { name: '', tags: [] }

const UNITS = {
  Unspecified: 'none',
  Bytes: 'bytes',
  Microseconds: 'us',
  Milliseconds: 'ms',
  Percent: 'percent',
} as const satisfies Readonly<Record<string, HistogramUnit>>

function readScope(reader: Reader): StatsScopeConfig {
  const prefix = reader.string('stat_prefix')
  if ((prefix === '') === !reader.has('stats_scope')) {
    reader.error(undefined, 'NU109', "Either 'stat_prefix' or 'stats_scope' must be configured, but not both.")
  }
  return reader.message('stats_scope', readStatsScope) ?? { ...UNLIMITED, prefix }
}

const UNLIMITED = { maxCounters: undefined, maxGauges: undefined, maxHistograms: undefined, key: '', shared: false }

function readStatsScope(reader: Reader): StatsScopeConfig {
  reader.ignore('enable_eviction', 'without stats_eviction_interval in the bootstrap no stat is evicted')
  const limit = (field: string) => (reader.has(field) ? reader.number(field, 0) : undefined)
  const shared = reader.string('sharing_name') !== ''
  const saying = JSON.stringify(reader.json)
  return {
    prefix: reader.string('prefix'),
    maxCounters: limit('max_counters'),
    maxGauges: limit('max_gauges'),
    maxHistograms: limit('max_histograms'),
    key: shared ? saying : `${JSON.stringify(reader.path)} ${saying}`,
    shared,
  }
}

function readOperation(reader: Reader): GaugeOperation {
  const set = reader.message('set', readSet)
  const paired = reader.message('add_subtract', readPaired)
  if (set !== undefined && paired !== undefined) {
    const message = 'Stats logger gauge cannot have both SET and PAIRED_ADD/PAIRED_SUBTRACT operations.'
    reader.error('set', 'NU109', message)
  }
  if (set === undefined && paired === undefined) {
    reader.error(undefined, 'NU109', 'Stats logger gauge must have at least one operation configured.')
  }
  return set ?? paired ?? { kind: 'set', on: 'NotSet' }
}

function readSet(reader: Reader): GaugeOperation {
  const on = reader.enumeration<AccessLogType>('log_type', 'NotSet')
  if (on === 'NotSet') {
    reader.error('log_type', 'NU109', 'Stats logger gauge set operation must have a valid log type.')
  }
  return { kind: 'set', on }
}

function readPaired(reader: Reader): GaugeOperation {
  const addOn = reader.enumeration<AccessLogType>('add_log_type', 'NotSet')
  const subtractOn = reader.enumeration<AccessLogType>('sub_log_type', 'NotSet')
  if (addOn === 'NotSet' || subtractOn === 'NotSet') {
    const message = 'Stats logger gauge add/subtract operation must have a valid log type.'
    reader.error(undefined, 'NU109', message)
  } else if (addOn === subtractOn) {
    reader.error('sub_log_type', 'NU109', `Duplicate access log type '${addOn}' in gauge operations.`)
  }
  return { kind: 'paired', addOn, subtractOn }
}
