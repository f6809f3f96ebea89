/** Reads protobuf without a schema: field numbers with their values. */

export type ProtoField =
  | { readonly number: number; readonly kind: 'varint'; readonly value: number }
  | { readonly number: number; readonly kind: 'bytes'; readonly bytes: Uint8Array }

const VARINT = 0
const FIXED64 = 1
const BYTES = 2
const FIXED32 = 5

/** In order; fixed-size fields are passed over. Undefined when the bytes are no message. */
export function protoFields(bytes: Uint8Array): readonly ProtoField[] | undefined {
  const fields: ProtoField[] = []
  const cursor = { at: 0 }
  while (cursor.at < bytes.length) {
    const tag = readVarint(bytes, cursor)
    if (tag === undefined || tag < 8) return undefined
    const number = Math.floor(tag / 8)
    const type = tag % 8
    if (type === FIXED32) cursor.at += 4
    else if (type === FIXED64) cursor.at += 8
    else {
      const value = readVarint(bytes, cursor)
      if (value === undefined) return undefined
      if (type === VARINT) fields.push({ number, kind: 'varint', value })
      else if (type === BYTES && cursor.at + value <= bytes.length) {
        fields.push({ number, kind: 'bytes', bytes: bytes.subarray(cursor.at, cursor.at + value) })
        cursor.at += value
      } else return undefined
    }
  }
  return cursor.at === bytes.length ? fields : undefined
}

/** Beyond 53 bits the value is rounded. */
function readVarint(bytes: Uint8Array, cursor: { at: number }): number | undefined {
  let value = 0
  let unit = 1
  for (let count = 0; count < 10; count++) {
    const byte = bytes[cursor.at++]
    if (byte === undefined) return undefined
    value += (byte & 127) * unit
    if (byte < 128) return value
    unit *= 128
  }
  return undefined
}
