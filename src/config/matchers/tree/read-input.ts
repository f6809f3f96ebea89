/** The input of a predicate or of a map: a TypedExtensionConfig. Undefined after an error was reported. */
import type { Reader } from '../../../api/config.ts'
import { toWireText } from '../../../base/wire-text.ts'
import type { DataInput } from './data-input.ts'
import type { TreeContext } from './tree-context.ts'
import { refuse, typedConfig } from './tree-context.ts'

/** envoy.matching.common_inputs: belongs to no protocol. */
const ENVIRONMENT_VARIABLE = 'envoy.extensions.matching.common_inputs.environment_variable.v3.Config'

export function readInput(reader: Reader, context: TreeContext): DataInput | undefined {
  const any = typedConfig(reader)
  if (any === undefined) return undefined
  if (any.typeName === ENVIRONMENT_VARIABLE) return environmentVariable(any.reader)
  const read = context.inputs[any.typeName]
  if (read === undefined) {
    refuse(reader, any, 'envoy.extensions.matching.common_inputs.dynamic_modules.', 'envoy.extensions.matching.http.')
    return undefined
  }
  const refusal = context.refusedInput(any.typeName)
  if (refusal !== undefined) {
    any.reader.keep()
    reader.error('typed_config', 'NU181', refusal)
    return undefined
  }
  return read(any.reader)
}

/** Taken when the configuration is read. */
function environmentVariable(reader: Reader): DataInput {
  const value = process.env[reader.string('name')]
  const text = value === undefined || value === '' ? undefined : toWireText(value)
  return { kind: 'text', get: () => text }
}
