/** %REQ_WITHOUT_QUERY(X?Y):Z% of envoy.formatter.req_without_query. */
import type { OperatorTable } from '../operator.ts'
import { headerOperator } from './headers.ts'
import { withoutQuery } from './path-query.ts'

export const REQ_WITHOUT_QUERY_OPERATORS: OperatorTable = {
  REQ_WITHOUT_QUERY: headerOperator((context) => context.request, withoutQuery),
}
