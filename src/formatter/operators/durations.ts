/** Times between two points of a stream. */
import type { StreamInfo } from '../../api/stream-info.ts'
import type { CompiledOperator, OperatorKind, OperatorTable } from '../operator.ts'
import { numberOperator, numberValue, textOperator } from '../operator.ts'
import { latestPoint } from './latest-point.ts'

/** Monotonic ms; undefined: has not happened. */
type Point = (info: StreamInfo) => number | undefined

const start: Point = (info) => info.startTime

/** The names that %COMMON_DURATION% knows. A name that it does not know is a point that never happens. */
const POINTS: Readonly<Record<string, Point>> = {
  DS_CX_BEG: (info) => info.connectionStartTime,
  DS_CX_END: (info) => info.connectionEndTime,
  DS_RX_BEG: start,
  DS_RX_HDR_END: (info) => info.lastDownstreamHeaderRxByte,
  DS_RX_END: (info) => info.lastDownstreamRxByte,
  US_CX_BEG: (info) => info.upstream?.connectStart,
  US_CX_END: (info) => info.upstream?.connectEnd,
  US_TX_BEG: (info) => info.upstream?.firstTxByte,
  US_TX_END: (info) => info.upstream?.lastTxByte,
  US_RX_BEG: (info) => info.upstream?.firstRxByte,
  US_RX_BODY_BEG: (info) => info.upstream?.firstRxBodyByte,
  US_RX_END: (info) => info.upstream?.lastRxByte,
  DS_TX_BEG: (info) => info.firstDownstreamTxByte,
  DS_TX_END: (info) => info.lastDownstreamTxByte,
}

const never: Point = () => undefined

const UNITS_PER_MS: Readonly<Record<string, number>> = { ms: 1, us: 1000, ns: 1_000_000 }

/** In whole units; undefined when a point has not happened, or the second came first. */
function elapsed(info: StreamInfo, from: Point, to: Point, unitsPerMs: number): number | undefined {
  const begin = from(info)
  const end = to(info)
  if (begin === undefined || end === undefined || end < begin) return undefined
  return Math.floor((end - begin) * unitsPerMs)
}

function milliseconds(from: Point, to: Point): OperatorKind {
  return numberOperator(({ streamInfo }) => elapsed(streamInfo, from, to, 1))
}

function compileCommonDuration(parameter: string): CompiledOperator {
  const parts = parameter.split(':')
  if (parts.length < 2 || parts.length > 3) return { error: `Invalid common duration configuration: ${parameter}.` }
  const [from = '', to = '', precision = 'ms'] = parts
  const unitsPerMs = Object.hasOwn(UNITS_PER_MS, precision) ? UNITS_PER_MS[precision] : undefined
  if (unitsPerMs === undefined) return { error: `Invalid common duration precision: ${precision}.` }
  const begin = pointOf(from)
  const end = pointOf(to)
  return numberValue(({ streamInfo }) => elapsed(streamInfo, begin, end, unitsPerMs))
}

function pointOf(name: string): Point {
  return (Object.hasOwn(POINTS, name) ? POINTS[name] : undefined) ?? never
}

export const DURATION_OPERATORS: OperatorTable = {
  DURATION: milliseconds(start, latestPoint),
  REQUEST_DURATION: milliseconds(start, (info) => info.lastDownstreamRxByte),
  RESPONSE_DURATION: milliseconds(start, (info) => info.upstream?.firstRxByte),
  REQUEST_TX_DURATION: milliseconds(start, (info) => info.upstream?.lastTxByte),
  RESPONSE_TX_DURATION: milliseconds(
    (info) => info.upstream?.firstRxByte,
    (info) => info.lastDownstreamTxByte,
  ),
  UPSTREAM_CONNECTION_POOL_READY_DURATION: milliseconds(
    (info) => info.upstream?.poolAsked ?? info.startTime,
    (info) => info.upstream?.poolReady,
  ),
  COMMON_DURATION: { parameters: 'required', truncates: false, compile: compileCommonDuration },
  // Of HTTP/3 and of TLS.
  ROUNDTRIP_DURATION: textOperator(() => undefined),
  DOWNSTREAM_HANDSHAKE_DURATION: textOperator(() => undefined),
}
