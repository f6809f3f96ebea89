/** How the stream ended. */
import type { OperatorTable } from '../operator.ts'
import { numberOperator, textOperator } from '../operator.ts'

export const RESULT_OPERATORS: OperatorTable = {
  PROTOCOL: textOperator(({ streamInfo }) => streamInfo.protocol),
  RESPONSE_CODE: numberOperator(({ streamInfo }) => streamInfo.responseCode),
  RESPONSE_CODE_DETAILS: textOperator(({ streamInfo }) => streamInfo.responseCodeDetails?.replaceAll(' ', '_')),
  CONNECTION_TERMINATION_DETAILS: textOperator(({ streamInfo }) => streamInfo.connectionTerminationDetails),
  RESPONSE_FLAGS: textOperator(({ streamInfo }) => (streamInfo.flags.length === 0 ? '-' : streamInfo.flags.join(','))),
  LOCAL_REPLY_BODY: textOperator(({ localReplyBody }) => localReplyBody),
  UPSTREAM_TRANSPORT_FAILURE_REASON: textOperator(
    ({ streamInfo }) => streamInfo.upstream?.transportFailureReason.replaceAll(' ', '_') || undefined,
  ),
  ACCESS_LOG_TYPE: textOperator(({ logType }) => logType),
}
