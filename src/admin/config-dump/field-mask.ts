/** google.protobuf.FieldMask as the admin server applies it: paths may not lead through repeated fields. */
import type { Json, Message } from '../../api/config.ts'
import { cardinalities, kinds } from '../../config/schema/schema-types.ts'
import { envoySchema } from '../../config/schema/envoy-schema.ts'

const ANY = 'google.protobuf.Any'

/** Undefined: a path does not exist in this message, leads through a list, or ends at an Any without going into it. */
export function trimResource(message: Message, typeName: string, mask: readonly string[]): Message | undefined {
  const outer: string[] = []
  const insideOf = new Map<string, string[]>()
  for (const path of mask) {
    const [head = '', ...rest] = path.split('.')
    if (envoySchema.message(typeName)?.byName.get(head)?.typeName !== ANY) {
      outer.push(path)
      continue
    }
    if (rest.length === 0) return undefined
    insideOf.set(head, [...(insideOf.get(head) ?? []), rest.join('.')])
  }
  const trimmed = new Map(Object.entries(trimMessage(message, typeName, outer) ?? {}))
  if (outer.length > 0 && trimMessage(message, typeName, outer) === undefined) return undefined
  for (const [field, paths] of insideOf) {
    const inner = trimAny(message[field], paths)
    if (inner === undefined) return undefined
    trimmed.set(field, inner)
  }
  // Fields stay in the order that they had.
  return Object.fromEntries(Object.keys(message).flatMap((key) => (trimmed.has(key) ? [[key, trimmed.get(key)!]] : [])))
}

/** Undefined: a path does not exist in this message. */
export function trimMessage(message: Message, typeName: string, mask: readonly string[]): Message | undefined {
  if (!mask.every((path) => isPath(typeName, path.split('.')))) return undefined
  return keep(
    message,
    mask.map((path) => path.split('.')),
  )
}

function trimAny(value: Json | undefined, paths: readonly string[]): Message | undefined {
  if (!isMessage(value)) return undefined
  const { '@type': url, ...inner } = value
  if (typeof url !== 'string') return undefined
  const trimmed = trimMessage(inner, url.slice(url.lastIndexOf('/') + 1), paths)
  return trimmed === undefined ? undefined : { '@type': url, ...trimmed }
}

function isPath(typeName: string, [field = '', ...rest]: readonly string[]): boolean {
  const found = envoySchema.message(typeName)?.byName.get(field)
  if (found === undefined || found.name !== field) return false
  if (rest.length === 0) return true
  const singular = found.cardinality !== cardinalities.repeated && found.cardinality !== cardinalities.map
  return singular && found.kind === kinds.message && isPath(found.typeName, rest)
}

function keep(message: Message, paths: readonly (readonly string[])[]): Message {
  const kept: Record<string, Json> = {}
  for (const [key, value] of Object.entries(message)) {
    const below = paths.filter(([head]) => head === key).map(([, ...rest]) => rest)
    if (below.length === 0) continue
    kept[key] = below.some((rest) => rest.length === 0) || !isMessage(value) ? value : keep(value, below)
  }
  return kept
}

function isMessage(value: Json | undefined): value is Message {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
