/** envoy.access_loggers.extension_filters.cel: the records for which an expression is true. */
import type { Reader } from '../../../../api/config.ts'
import type { Extension } from '../../../../api/extension.ts'
import type { CelExpression } from '../../../../cel/compile-cel.ts'
import { compileCelText } from '../../../../cel/compile-cel.ts'
import { readCelOptions } from '../../../../config/cel-config.ts'

/** Undefined: an error was reported. */
type CelFilterConfig = CelExpression | undefined

const DIRECTIONS = { UNSPECIFIED: 0, INBOUND: 1, OUTBOUND: 2 } as const

export const extension: Extension<CelFilterConfig, 'envoy.access_loggers.extension_filters'> = {
  category: 'envoy.access_loggers.extension_filters',
  name: 'envoy.access_loggers.extension_filters.cel',
  typeNames: ['envoy.extensions.access_loggers.filters.cel.v3.ExpressionFilter'],
  status: 'stable',
  securityPosture: 'robust_to_untrusted_downstream',
  parse: parseCelFilter,
  create: (expression, { localInfo, listenerDirection }) => {
    const direction = DIRECTIONS[listenerDirection]
    return {
      evaluate: (record) =>
        expression?.matches({
          streamInfo: record.streamInfo,
          request: record.request,
          response: record.response,
          responseTrailers: record.responseTrailers,
          localInfo,
          listenerDirection: direction,
        }) === true,
    }
  },
}

function parseCelFilter(reader: Reader): CelFilterConfig {
  const options = reader.message('cel_config', readCelOptions)
  const compiled = compileCelText(reader.string('expression'), options)
  if (compiled.ok) return compiled.expression
  const { stage, message } = compiled
  const text = stage === 'syntax' ? `Not able to parse filter expression: INVALID_ARGUMENT: ${message}` : message
  reader.error('expression', 'NU183', text)
  return undefined
}
