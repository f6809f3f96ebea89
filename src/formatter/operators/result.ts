/** How the stream ended. */
import type { FormatterContext } from '../../api/access-log.ts'
import type { OperatorTable } from '../operator.ts'
import { numberOperator, reasonOperator, textOperator, withoutBlanks } from '../operator.ts'
import { longFlags, shortFlags } from './response-flags.ts'

const details = ({ streamInfo }: FormatterContext) => streamInfo.responseCodeDetails

export const RESULT_OPERATORS: OperatorTable = {
  PROTOCOL: textOperator(({ streamInfo }) => streamInfo.protocol),
  RESPONSE_CODE: numberOperator(({ streamInfo }) => streamInfo.responseCode),
  RESPONSE_CODE_DETAILS: {
    parameters: 'optional',
    truncates: false,
    compile: (parameter) => ({
      text:
        parameter === 'ALLOW_WHITESPACES'
          ? details
          : (context) => {
              const text = details(context)
              return text === undefined ? undefined : withoutBlanks(text)
            },
    }),
  },
  CONNECTION_TERMINATION_DETAILS: textOperator(({ streamInfo }) => streamInfo.connectionTerminationDetails),
  RESPONSE_FLAGS: textOperator(({ streamInfo }) => shortFlags(streamInfo)),
  RESPONSE_FLAGS_LONG: textOperator(({ streamInfo }) => longFlags(streamInfo)),
  // Flags of filters that nobody can add yet.
  CUSTOM_FLAGS: textOperator(() => ''),
  LOCAL_REPLY_BODY: textOperator(({ localReplyBody }) => localReplyBody),
  ACCESS_LOG_TYPE: textOperator(({ logType }) => logType),
  UPSTREAM_TRANSPORT_FAILURE_REASON: reasonOperator(({ streamInfo }) => streamInfo.upstream?.transportFailureReason),
  DOWNSTREAM_TRANSPORT_FAILURE_REASON: reasonOperator(({ streamInfo }) => streamInfo.downstreamTransportFailureReason),
  UPSTREAM_LOCAL_CLOSE_REASON: reasonOperator(({ streamInfo }) => streamInfo.upstream?.localCloseReason),
  DOWNSTREAM_LOCAL_CLOSE_REASON: reasonOperator(({ streamInfo }) => streamInfo.downstreamLocalCloseReason),
  UPSTREAM_DETECTED_CLOSE_TYPE: textOperator(({ streamInfo: { upstream } }) =>
    upstream === undefined ? undefined : (upstream.detectedCloseType ?? 'Normal'),
  ),
  DOWNSTREAM_DETECTED_CLOSE_TYPE: textOperator(({ streamInfo }) => streamInfo.downstreamDetectedCloseType ?? 'Normal'),
}
