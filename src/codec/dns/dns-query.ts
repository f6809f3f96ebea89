/** A question to a DNS server (RFC 1035 §4.1), as far as addresses of names go. */

/** A: 1, AAAA: 28 (RFC 3596 §2.1). */
export type AddressType = 1 | 28

const HEADER_LENGTH = 12
const RECURSION_DESIRED = 0x0100
const CLASS_IN = 1
export const TYPE_OPT = 41

/**
 * `name`: labels of at most 63 characters, ASCII. `id`: 16 bits, which the answer repeats. `ednsSize`: how much the server may
 * send over UDP (RFC 6891); 512 bytes when it is undefined.
 */
export function encodeDnsQuery(id: number, name: string, type: AddressType, ednsSize?: number): Buffer {
  const labels = name.split('.').filter((label) => label !== '')
  const length = labels.reduce((total, label) => total + 1 + label.length, 1)
  const query = Buffer.alloc(HEADER_LENGTH + length + 4)
  query.writeUInt16BE(id, 0)
  query.writeUInt16BE(RECURSION_DESIRED, 2)
  query.writeUInt16BE(1, 4) // one question
  let at = HEADER_LENGTH
  for (const label of labels) {
    at = query.writeUInt8(label.length, at)
    at += query.write(label, at, 'latin1')
  }
  query.writeUInt16BE(type, at + 1)
  query.writeUInt16BE(CLASS_IN, at + 3)
  if (ednsSize === undefined) return query
  query.writeUInt16BE(1, 10) // one additional record
  return Buffer.concat([query, Buffer.from([0, 0, TYPE_OPT, ednsSize >> 8, ednsSize & 0xff, 0, 0, 0, 0, 0, 0])])
}
