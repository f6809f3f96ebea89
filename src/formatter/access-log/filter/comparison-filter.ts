/** StatusCodeFilter and DurationFilter: a number of the stream against one that the runtime may override. */
import type { FormatterContext } from '../../../api/access-log.ts'
import type { Reader } from '../../../api/config.ts'
import { latestPoint } from '../../operators/latest-point.ts'
import type { AccessLogFilterConfig } from './access-log-filter-config.ts'

type Operation = 'EQ' | 'GE' | 'LE' | 'NE'

interface Comparison {
  readonly operation: Operation
  readonly fallback: number
  readonly runtimeKey: string
}

export function readStatusCodeFilter(reader: Reader): AccessLogFilterConfig {
  return comparisonFilter(reader, ({ streamInfo }) => streamInfo.responseCode)
}

/** Whole milliseconds. */
export function readDurationFilter(reader: Reader): AccessLogFilterConfig {
  return comparisonFilter(reader, ({ streamInfo }) => Math.floor(latestPoint(streamInfo) - streamInfo.startTime))
}

function comparisonFilter(reader: Reader, value: (record: FormatterContext) => number): AccessLogFilterConfig {
  const comparison = reader.message('comparison', readComparison) ?? { operation: 'EQ', fallback: 0, runtimeKey: '' }
  const { operation, fallback, runtimeKey } = comparison
  return ({ runtime }) => ({
    evaluate: (record) => holds(operation, value(record), runtime.current.integer(runtimeKey, fallback)),
  })
}

function readComparison(reader: Reader): Comparison {
  const operation = reader.enumeration<Operation>('op', 'EQ')
  const bound = reader.message('value', (value) => ({
    fallback: value.number('default_value', 0),
    runtimeKey: value.string('runtime_key'),
  }))
  return { operation, fallback: 0, runtimeKey: '', ...bound }
}

function holds(operation: Operation, value: number, bound: number): boolean {
  switch (operation) {
    case 'EQ':
      return value === bound
    case 'GE':
      return value >= bound
    case 'LE':
      return value <= bound
    case 'NE':
      return value !== bound
  }
}
