/* The type that an Any claims to hold. */
import type { AnyReader, Json } from '../api/config.ts'
import { below } from './below.ts'

/** A TypedStruct whose inner type the API does not know is still one; Envoy looks up what it claims to hold. */
export function typeNameInside(any: AnyReader): string {
  if (!any.typeName.endsWith('.TypedStruct')) return any.typeName
  const inner = any.reader.json['type_url']
  return typeof inner === 'string' ? inner.slice(inner.lastIndexOf('/') + 1) : ''
}

/** The same of the message itself. */
export function typeNameInMessage(any: Json | undefined): string {
  const claimed = nameOf(any, '@type')
  return claimed.endsWith('.TypedStruct') ? nameOf(any, 'type_url') : claimed
}

function nameOf(any: Json | undefined, field: string): string {
  const url = any === undefined ? undefined : below(any, field)
  return typeof url === 'string' ? url.slice(url.lastIndexOf('/') + 1) : ''
}
