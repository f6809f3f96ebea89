/** Points in time and durations. */
import type { FormatterContext } from '../../api/access-log.ts'
import type { StreamInfo } from '../../api/stream-info.ts'
import type { OperatorKind, OperatorTable } from '../operator.ts'
import { numberOperator } from '../operator.ts'
import { compileTimeFormat, isoMillis } from './time-format.ts'

function timeOperator(wallMs: (context: FormatterContext) => number): OperatorKind {
  return {
    parameters: 'optional',
    truncates: true,
    compile: ({ parameter }) => {
      const format = parameter === undefined || parameter === '' ? isoMillis : compileTimeFormat(parameter)
      return { text: (context) => format(wallMs(context)) }
    },
  }
}

/** Whole milliseconds from the start of the stream to a later point. */
function sinceStart(point: (info: StreamInfo) => number | undefined): OperatorKind {
  return numberOperator(({ streamInfo }) => {
    const at = point(streamInfo)
    return at === undefined ? undefined : Math.floor(at - streamInfo.startTime)
  })
}

function between(
  from: (info: StreamInfo) => number | undefined,
  to: (info: StreamInfo) => number | undefined,
): OperatorKind {
  return numberOperator(({ streamInfo }) => {
    const start = from(streamInfo)
    const end = to(streamInfo)
    return start === undefined || end === undefined ? undefined : Math.floor(end - start)
  })
}

export const TIME_OPERATORS: OperatorTable = {
  START_TIME: timeOperator(({ streamInfo }) => streamInfo.startTimeWall),
  DURATION: sinceStart((info) => info.endTime),
  REQUEST_DURATION: sinceStart((info) => info.lastDownstreamRxByte),
  RESPONSE_DURATION: sinceStart((info) => info.upstream?.firstRxByte),
  REQUEST_TX_DURATION: sinceStart((info) => info.upstream?.lastTxByte),
  RESPONSE_TX_DURATION: between(
    (info) => info.upstream?.firstRxByte,
    (info) => info.lastDownstreamTxByte,
  ),
}
