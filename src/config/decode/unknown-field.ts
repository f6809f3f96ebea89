/* What to say about a field name that the schema does not know. */
import type { MessageType } from '../schema/schema-types.ts'
import type { Decoder } from './decoder.ts'
import { shortName } from './describe.ts'
import { didYouMean } from './suggest.ts'
import type { Tree } from './tree.ts'

export function reportUnknownField(type: MessageType, key: string, tree: Tree, decoder: Decoder): void {
  decoder.log.push(key)
  const v2 = key === 'config' && 'name' in tree && type.byName.has('typed_config')
  decoder.log.unknown(v2 ? 'NU113' : 'NU101', `unknown field "${key}" in ${shortName(type.name)}`, {
    of: 'key',
    expected: `a field of ${type.name}`,
    found: key,
    hint: v2 ? 'this is v2 syntax; write typed_config with "@type"' : (hintFor(key, type) ?? knownFields(type)),
  })
  decoder.log.pop()
}

function hintFor(key: string, type: MessageType): string | undefined {
  return didYouMean(
    key,
    type.fields.map((field) => field.name),
  )
}

function knownFields(type: MessageType): string | undefined {
  if (type.fields.length === 0) return `${shortName(type.name)} has no fields`
  return type.fields.length > 12 ? undefined : `its fields are ${type.fields.map((field) => field.name).join(', ')}`
}
