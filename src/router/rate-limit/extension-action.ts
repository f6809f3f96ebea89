/** Rate limit actions by extension: a CEL expression, or an input of the generic matcher. */
import type { Reader } from '../../api/config.ts'
import type { RateLimitEntry, RateLimitRequest } from '../../api/rate-limit.ts'
import { toWireText } from '../../base/wire-text.ts'
import type { CelExpression } from '../../cel/compile-cel.ts'
import { compileCelMessage, compileCelText } from '../../cel/compile-cel.ts'
import { below } from '../../config/below.ts'
import { HTTP_INPUTS } from '../../config/matchers/tree/http-inputs.ts'
import { readInput } from '../../config/matchers/tree/read-input.ts'

type Action = (request: RateLimitRequest) => RateLimitEntry | 'skip' | undefined

const EXPRESSION = 'envoy.extensions.rate_limit_descriptors.expr.v3.Descriptor'
const NEVER: Action = () => undefined

/** `reader` reads a TypedExtensionConfig. */
export function readExtensionAction(reader: Reader): Action {
  if (!isExpression(reader)) return readInputAction(reader)
  reader.string('name')
  const any = reader.any('typed_config')
  return any === undefined ? NEVER : readExpression(any.reader)
}

function isExpression({ json }: Reader): boolean {
  const type = below(json['typed_config'], '@type')
  return typeof type === 'string' && type.endsWith(`/${EXPRESSION}`)
}

/** The entry has the extension's name. */
function readInputAction(reader: Reader): Action {
  const key = reader.string('name')
  const context = { inputs: HTTP_INPUTS, refusedInput: () => undefined, onBind: () => undefined }
  const input = readInput(reader, context)
  if (input === undefined) return NEVER
  if (input.kind !== 'text') {
    reader.unsupported('typed_config', `a rate limit by an input of kind ${input.kind}`)
    return NEVER
  }
  return ({ headers, streamInfo }) => {
    const value = input.get({ request: headers, streamInfo })
    return value === undefined || value === null ? undefined : { key, value }
  }
}

function readExpression(reader: Reader): Action {
  const key = reader.string('descriptor_key')
  const failed = reader.bool('skip_if_error', false) ? 'skip' : undefined
  const expression = readCel(reader)
  if (expression === undefined) return NEVER
  return ({ headers, streamInfo }) => {
    const value = expression.print({ request: headers, streamInfo })
    return value === undefined ? failed : { key, value: toWireText(value) }
  }
}

function readCel(reader: Reader): CelExpression | undefined {
  const isText = reader.oneof('expr_specifier') === 'text'
  const compiled = isText
    ? compileCelText(reader.string('text'))
    : compileCelMessage(reader.message('parsed', (expr) => expr.keep()) ?? {})
  if (compiled.ok) return compiled.expression
  reader.error(isText ? 'text' : 'parsed', 'NU158', compiled.message)
  return undefined
}
