/** Points in time: the start of the stream, and when the record is written. */
import type { FormatterContext } from '../../api/access-log.ts'
import type { OperatorKind, OperatorTable } from '../operator.ts'
import { latestPoint } from './latest-point.ts'
import { ISO_FORMAT, ISO_LOCAL_FORMAT, compileTimeFormat } from './time-format.ts'
import type { TimeZone } from './time-fields.ts'

export function timeFormatError(format: string): string | undefined {
  return /%n|\n/.test(format) ? 'Invalid header configuration. Format string contains newline.' : undefined
}

function timeOperator(wallMs: (context: FormatterContext) => number, zone: TimeZone): OperatorKind {
  return {
    parameters: 'optional',
    truncates: false,
    compile: (parameter) => {
      const error = timeFormatError(parameter)
      if (error !== undefined) return { error }
      const pattern = parameter !== '' ? parameter : zone === 'utc' ? ISO_FORMAT : ISO_LOCAL_FORMAT
      const format = compileTimeFormat(pattern, zone)
      return { text: (context) => format(wallMs(context)) }
    },
  }
}

const start = ({ streamInfo }: FormatterContext) => streamInfo.startTimeWall
const emit = ({ streamInfo }: FormatterContext) =>
  streamInfo.startTimeWall + (latestPoint(streamInfo) - streamInfo.startTime)

export const TIME_OPERATORS: OperatorTable = {
  START_TIME: timeOperator(start, 'utc'),
  START_TIME_LOCAL: timeOperator(start, 'local'),
  EMIT_TIME: timeOperator(emit, 'utc'),
  EMIT_TIME_LOCAL: timeOperator(emit, 'local'),
}
