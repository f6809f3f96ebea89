/** Every operator that needs no formatter extension. */
import type { OperatorTable } from '../operator.ts'
import { unsupportedOperator } from '../operator.ts'
import { ADDRESS_OPERATORS } from './addresses.ts'
import { BYTES_OPERATORS } from './bytes.ts'
import { celOperators } from './cel.ts'
import { COALESCE_OPERATORS } from './coalesce.ts'
import { DURATION_OPERATORS } from './durations.ts'
import { FILTER_STATE_OPERATORS } from './filter-state.ts'
import { GRPC_OPERATORS } from './grpc.ts'
import { HEADER_OPERATORS } from './headers.ts'
import { METADATA_OPERATORS } from './metadata.ts'
import { PROCESS_OPERATORS } from './process.ts'
import { REQUEST_OPERATORS } from './request.ts'
import { RESULT_OPERATORS } from './result.ts'
import { ROUTING_OPERATORS } from './routing.ts'
import { TIME_OPERATORS } from './time.ts'
import { TLS_OPERATORS } from './tls.ts'

export const BUILT_IN_OPERATORS: OperatorTable = {
  ...TIME_OPERATORS,
  ...DURATION_OPERATORS,
  ...HEADER_OPERATORS,
  ...REQUEST_OPERATORS,
  ...GRPC_OPERATORS,
  ...RESULT_OPERATORS,
  ...ROUTING_OPERATORS,
  ...BYTES_OPERATORS,
  ...ADDRESS_OPERATORS,
  ...TLS_OPERATORS,
  ...METADATA_OPERATORS,
  ...FILTER_STATE_OPERATORS,
  ...PROCESS_OPERATORS,
  ...COALESCE_OPERATORS,
  ...celOperators(),
  ROUTE_RESOLUTION_TIME_US: unsupportedOperator('ROUTE_RESOLUTION_TIME_US'),
  DOWNSTREAM_CX_RTT: unsupportedOperator('DOWNSTREAM_CX_RTT'),
}
