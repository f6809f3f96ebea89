/** Every operator that needs no formatter extension. */
import type { OperatorTable } from '../operator.ts'
import { ADDRESS_OPERATORS } from './addresses.ts'
import { BYTES_OPERATORS } from './bytes.ts'
import { HEADER_OPERATORS } from './headers.ts'
import { RESULT_OPERATORS } from './result.ts'
import { ROUTING_OPERATORS } from './routing.ts'
import { TIME_OPERATORS } from './time.ts'

export const BUILT_IN_OPERATORS: OperatorTable = {
  ...TIME_OPERATORS,
  ...HEADER_OPERATORS,
  ...RESULT_OPERATORS,
  ...ROUTING_OPERATORS,
  ...BYTES_OPERATORS,
  ...ADDRESS_OPERATORS,
}
