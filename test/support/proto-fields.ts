/* A message on the binary wire of protobuf, taken apart without its schema. */

export type ProtoField = readonly [field: number, value: bigint | Uint8Array]

/** In the order of the wire; fixed32 and fixed64 are unsigned numbers. */
export function protoFields(bytes: Uint8Array): readonly ProtoField[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const fields: ProtoField[] = []
  let at = 0
  const varint = (): bigint => {
    let value = 0n
    for (let shift = 0n; ; shift += 7n) {
      const byte = view.getUint8(at++)
      value |= BigInt(byte & 127) << shift
      if (byte < 128) return value
    }
  }
  while (at < bytes.length) {
    const key = Number(varint())
    const field = key >> 3
    if ((key & 7) === 0) fields.push([field, varint()])
    else if ((key & 7) === 2) {
      const length = Number(varint())
      fields.push([field, bytes.subarray(at, at + length)])
      at += length
    } else {
      const wide = (key & 7) === 1
      fields.push([field, wide ? view.getBigUint64(at, true) : BigInt(view.getUint32(at, true))])
      at += wide ? 8 : 4
    }
  }
  return fields
}

/** All submessages (or bytes) of a field. */
export function protoBytes(bytes: Uint8Array, field: number): readonly Uint8Array[] {
  return protoFields(bytes).flatMap(([number, value]) =>
    number === field && value instanceof Uint8Array ? [value] : [],
  )
}

const VALUE_KINDS = ['', 'string', 'bool', 'int', 'double', 'array', 'list', 'bytes']

/** An opentelemetry.proto.common.v1.AnyValue as plain data. */
export function anyValue(bytes: Uint8Array): unknown {
  const [field, value] = protoFields(bytes)[0] ?? [0, 0n]
  const kind = VALUE_KINDS[field]
  if (!(value instanceof Uint8Array)) return { [kind ?? field]: String(value) }
  if (kind === 'string') return Buffer.from(value).toString('latin1')
  if (kind === 'array') return protoBytes(value, 1).map(anyValue)
  if (kind === 'list') return protoBytes(value, 1).map(keyValue)
  return { [kind ?? field]: Buffer.from(value).toString('hex') }
}

/** An opentelemetry.proto.common.v1.KeyValue. */
export function keyValue(bytes: Uint8Array): readonly [string, unknown] {
  const [key = new Uint8Array()] = protoBytes(bytes, 1)
  const [value] = protoBytes(bytes, 2)
  return [Buffer.from(key).toString('latin1'), value === undefined ? null : anyValue(value)]
}
