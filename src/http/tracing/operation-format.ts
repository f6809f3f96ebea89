/** `operation` and `upstream_operation`: formats of the names of spans. */
import type { Formatter } from '../../api/access-log.ts'
import type { Reader } from '../../api/config.ts'
import { compileFormat } from '../../formatter/compile-format.ts'

/** undefined: not set, or reported as wrong. */
export function readOperation(reader: Reader, field: 'operation' | 'upstream_operation'): Formatter | undefined {
  const text = reader.string(field)
  if (text === '') return undefined
  const compiled = compileFormat(text, { unset: '' })
  if (compiled.ok) return compiled.formatter
  reader.error(field, 'NU152', compiled.message)
  return undefined
}
