/** A value as google.protobuf.Value, for logs that keep types. */
import type { CelValue } from '@bufbuild/cel'
import type { Json } from '../api/config.ts'
import type { CelLibrary } from './cel-library.ts'

export function jsonValue(library: CelLibrary, value: CelValue): Json {
  const { cel, protobuf, wellKnown } = library
  if (value === null || typeof value === 'boolean' || typeof value === 'number' || typeof value === 'string') {
    return value
  }
  if (typeof value === 'bigint') return Number(value)
  if (value instanceof Uint8Array) return Buffer.from(value).toString('base64')
  if (cel.isCelUint(value)) return Number(value.value)
  if (cel.isCelList(value)) return [...value].map((item) => jsonValue(library, item))
  if (cel.isCelMap(value)) {
    const entries = [...value].map(([key, item]) => [keyText(library, key), jsonValue(library, item)] as const)
    return Object.fromEntries(entries)
  }
  if (cel.isCelType(value)) return value.name
  const { message } = value
  if (protobuf.isMessage(message, wellKnown.DurationSchema)) return protobuf.toJson(wellKnown.DurationSchema, message)
  if (protobuf.isMessage(message, wellKnown.TimestampSchema)) return protobuf.toJson(wellKnown.TimestampSchema, message)
  return null
}

function keyText({ cel }: CelLibrary, key: unknown): string {
  return cel.isCelUint(key) ? `${key.value}` : `${key as string | bigint | boolean}`
}
