/** A value as google.protobuf.Value, for logs that keep types. */
import type { CelMap, CelValue } from '@bufbuild/cel'
import type { Json } from '../api/config.ts'
import type { CelLibrary } from './cel-library.ts'
import { isUnlisted } from './lazy-map.ts'

/** Undefined where it, or anything in it, has no such form: types, and attributes as a whole (`request`). */
export function jsonValue(library: CelLibrary, value: CelValue): Json | undefined {
  const { cel, protobuf, wellKnown } = library
  if (value === null || typeof value === 'boolean' || typeof value === 'number' || typeof value === 'string') {
    return value
  }
  if (typeof value === 'bigint') return Number(value)
  if (value instanceof Uint8Array) return Buffer.from(value).toString('base64')
  if (cel.isCelUint(value)) return Number(value.value)
  if (cel.isCelList(value)) return listValue(library, value)
  if (cel.isCelMap(value)) return mapValue(library, value)
  if (cel.isCelType(value)) return undefined
  const { message } = value
  if (protobuf.isMessage(message, wellKnown.DurationSchema)) return protobuf.toJson(wellKnown.DurationSchema, message)
  if (protobuf.isMessage(message, wellKnown.TimestampSchema)) return protobuf.toJson(wellKnown.TimestampSchema, message)
  return null
}

function listValue(library: CelLibrary, items: Iterable<CelValue>): Json | undefined {
  const list: Json[] = []
  for (const item of items) {
    const json = jsonValue(library, item)
    if (json === undefined) return undefined
    list.push(json)
  }
  return list
}

function mapValue(library: CelLibrary, map: CelMap): Json | undefined {
  if (isUnlisted(map)) return undefined
  const members: [string, Json][] = []
  for (const [key, item] of map) {
    const json = jsonValue(library, item)
    if (json === undefined || typeof key === 'boolean') return undefined
    members.push([library.cel.isCelUint(key) ? `${key.value}` : `${key}`, json])
  }
  return Object.fromEntries(members)
}
