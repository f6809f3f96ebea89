/** What the readers of a tree share. */
import type { AnyReader, Reader } from '../../../api/config.ts'
import { envoySchema } from '../../schema/envoy-schema.ts'
import type { DataInputTable } from './data-input.ts'
import type { MatchTreeDeps } from './match-tree.ts'

export interface TreeContext {
  readonly inputs: DataInputTable
  /** Why an input of this type may not be used here; undefined when it may. */
  readonly refusedInput: (typeName: string) => string | undefined
  /** Called with what the thread offers, before the first match. */
  readonly onBind: (bind: (deps: MatchTreeDeps) => void) => void
}

/** What a TypedExtensionConfig holds; its name is a label. Undefined after an error was reported. */
export function typedConfig(reader: Reader): AnyReader | undefined {
  const name = reader.string('name')
  const any = reader.any('typed_config')
  if (any === undefined) {
    reader.error(undefined, 'NU124', `Didn't find a registered implementation for '${name}' with type URL: ''`)
  }
  return any
}

/** Reports a type that nobody here reads; `packages` is where Envoy's own of this kind are. */
export function refuse(reader: Reader, any: AnyReader, ...packages: readonly string[]): void {
  any.reader.keep()
  const name = reader.string('name')
  const known = envoySchema.has(any.typeName) && packages.some((start) => any.typeName.startsWith(start))
  if (known) reader.error('typed_config', 'NU123', `${name} (${any.typeName}) is not supported by Nuncio yet`)
  else {
    const what = `Didn't find a registered implementation for '${name}' with type URL: '${any.typeName}'`
    reader.error('typed_config', 'NU124', what)
  }
}
