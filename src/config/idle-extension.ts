/* An extension point where nothing that Envoy offers would change what happens here; what it does not offer is an error. */
import type { Reader } from '../api/config.ts'
import { refuse, typedConfig } from './matchers/tree/tree-context.ts'

/** `typeNames`: those that Envoy has. */
export function readIdleExtension(reader: Reader, field: string, typeNames: readonly string[]): void {
  reader.message(field, (entry) => {
    const any = typedConfig(entry)
    if (any === undefined) return
    if (typeNames.includes(any.typeName)) any.reader.keep()
    else refuse(entry, any)
  })
}
