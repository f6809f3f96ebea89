/** %REQ_WITHOUT_QUERY(X?Y):Z% of envoy.formatter.req_without_query. It alone does without its parameter: no value then. */
import type { Operator, OperatorTable } from '../operator.ts'
import { compileHeader } from './headers.ts'
import { withoutQuery } from './path-query.ts'

export const REQ_WITHOUT_QUERY_OPERATORS: OperatorTable = {
  REQ_WITHOUT_QUERY: {
    parameters: 'optional',
    truncates: true,
    compile: (parameter) => {
      const header = compileHeader(parameter, (context) => context.request)
      return 'error' in header ? header : cutAtQuery(header)
    },
  },
}

function cutAtQuery(header: Operator): Operator {
  return {
    text: (context) => {
      const value = header.text(context)
      return value === undefined ? undefined : withoutQuery(value)
    },
  }
}
