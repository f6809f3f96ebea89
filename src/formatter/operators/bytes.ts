/** Sizes. */
import type { FormatterContext } from '../../api/access-log.ts'
import type { BytesMeter } from '../../api/codec.ts'
import type { OperatorTable } from '../operator.ts'
import { numberOperator } from '../operator.ts'

type Meter = (context: FormatterContext) => BytesMeter | undefined

function metered(side: string, meter: Meter): OperatorTable {
  const headerSent = numberOperator((context) => meter(context)?.headerBytesSent ?? 0)
  return {
    [`${side}_WIRE_BYTES_SENT`]: numberOperator((context) => meter(context)?.wireBytesSent ?? 0),
    [`${side}_WIRE_BYTES_RECEIVED`]: numberOperator((context) => meter(context)?.wireBytesReceived ?? 0),
    [`${side}_HEADER_BYTES_SENT`]: headerSent,
    [`${side}_HEADER_BYTES_RECEIVED`]: numberOperator((context) => meter(context)?.headerBytesReceived ?? 0),
    [`${side}_DECOMPRESSED_HEADER_BYTES_SENT`]: headerSent,
    [`${side}_DECOMPRESSED_HEADER_BYTES_RECEIVED`]: numberOperator(
      (context) => meter(context)?.decompressedHeaderBytesReceived ?? 0,
    ),
  }
}

/** Counted for HTTP/3 only. */
const ZERO = numberOperator(() => 0)

export const BYTES_OPERATORS: OperatorTable = {
  BYTES_RECEIVED: numberOperator(({ streamInfo }) => streamInfo.bytesReceived),
  BYTES_SENT: numberOperator(({ streamInfo }) => streamInfo.bytesSent),
  REQUEST_HEADERS_BYTES: numberOperator(({ request }) => request?.byteSize ?? 0),
  RESPONSE_HEADERS_BYTES: numberOperator(({ response }) => response?.byteSize ?? 0),
  RESPONSE_TRAILERS_BYTES: numberOperator(({ responseTrailers }) => responseTrailers?.byteSize ?? 0),
  ...metered('DOWNSTREAM', ({ streamInfo }) => streamInfo.downstreamMeter),
  ...metered('UPSTREAM', ({ streamInfo }) => streamInfo.upstream?.meter),
  BYTES_RETRANSMITTED: ZERO,
  PACKETS_RETRANSMITTED: ZERO,
}
