/** Sizes. */
import type { OperatorTable } from '../operator.ts'
import { numberOperator } from '../operator.ts'

export const BYTES_OPERATORS: OperatorTable = {
  BYTES_RECEIVED: numberOperator(({ streamInfo }) => streamInfo.bytesReceived),
  BYTES_SENT: numberOperator(({ streamInfo }) => streamInfo.bytesSent),
  REQUEST_HEADERS_BYTES: numberOperator(({ request }) => request?.byteSize ?? 0),
  RESPONSE_HEADERS_BYTES: numberOperator(({ response }) => response?.byteSize ?? 0),
  RESPONSE_TRAILERS_BYTES: numberOperator(({ responseTrailers }) => responseTrailers?.byteSize ?? 0),
}
