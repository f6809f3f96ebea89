/* The type that an Any claims to hold. */
import type { AnyReader } from '../api/config.ts'

/** A TypedStruct whose inner type the API does not know is still one; Envoy looks up what it claims to hold. */
export function typeNameInside(any: AnyReader): string {
  if (!any.typeName.endsWith('.TypedStruct')) return any.typeName
  const inner = any.reader.json['type_url']
  return typeof inner === 'string' ? inner.slice(inner.lastIndexOf('/') + 1) : ''
}
