/**
 * The value of a session cookie: base64 of a protobuf message with the host's address (field 1) and, when the cookie
 * has a life time, the second of the machine's uptime at which it ends (field 2). The bare address, which older
 * versions sent, is read as well.
 */

const ADDRESS_TAG = 0x0a
const EXPIRES_TAG = 0x10

export function writeSession(address: string, expires: number): string {
  const bytes = [ADDRESS_TAG, address.length, ...Buffer.from(address, 'latin1')]
  if (expires > 0) bytes.push(EXPIRES_TAG, ...varint(expires))
  return Buffer.from(bytes).toString('base64')
}

/** The address; undefined for what is no session, or one that has ended at `now`. */
export function readSession(value: string, now: number): string | undefined {
  if (value === '' || !/^[A-Za-z0-9+/]+={0,2}$/.test(value) || value.length % 4 !== 0) return undefined
  const bytes = Buffer.from(value, 'base64')
  const message = readMessage(bytes)
  const address = message === undefined ? bytes.latin1Slice() : message.address
  if (message !== undefined && message.expires > 0 && now > message.expires) return undefined
  return address === '' ? undefined : address
}

function varint(value: number): number[] {
  const bytes: number[] = []
  let left = value
  while (left >= 0x80) {
    bytes.push((left % 0x80) | 0x80)
    left = Math.floor(left / 0x80)
  }
  return [...bytes, left]
}

/** Undefined when the bytes are no such message. */
function readMessage(bytes: Uint8Array): { readonly address: string; readonly expires: number } | undefined {
  let address = ''
  let expires = 0
  let at = 0
  while (at < bytes.length) {
    const tag = bytes[at]
    const [value, end] = readVarint(bytes, at + 1)
    if (end === 0) return undefined
    if (tag === EXPIRES_TAG) expires = value
    else if (tag === ADDRESS_TAG && end + value <= bytes.length) {
      address = Buffer.from(bytes.subarray(end, end + value)).latin1Slice()
    } else return undefined
    at = tag === ADDRESS_TAG ? end + value : end
  }
  return { address, expires }
}

/** The number and where it ends; an end of 0 says that there is none. */
function readVarint(bytes: Uint8Array, from: number): readonly [value: number, end: number] {
  let value = 0
  let factor = 1
  for (let at = from; at < bytes.length && at < from + 8; at++) {
    const byte = bytes[at]!
    value += (byte & 0x7f) * factor
    if (byte < 0x80) return [value, at + 1]
    factor *= 0x80
  }
  return [0, 0]
}
