/** Extensions of a version 2 header: type, length (two bytes), value. */
export interface Tlv {
  readonly type: number
  readonly value: Uint8Array
}

/** All of `bytes`; undefined where one does not fit. Values are parts of `bytes`. */
export function readTlvs(bytes: Uint8Array): readonly Tlv[] | undefined {
  const tlvs: Tlv[] = []
  let at = 0
  while (at < bytes.length) {
    if (at + 3 > bytes.length) return undefined
    const length = (bytes[at + 1]! << 8) | bytes[at + 2]!
    const end = at + 3 + length
    if (end > bytes.length) return undefined
    tlvs.push({ type: bytes[at]!, value: bytes.subarray(at + 3, end) })
    at = end
  }
  return tlvs
}
