/** The start of a Thrift message: of what kind it is. Its name and number are passed over. */
import type { ByteCursor } from './byte-cursor.ts'
import type { ThriftProtocol } from './thrift-settings.ts'
import { BINARY_VERSION, COMPACT_ID, COMPACT_VERSION, MESSAGE } from './thrift-settings.ts'

/** 'never': so much would have to come that nothing would hold it. */
export type MessageBegin = { readonly type: number } | 'more' | 'never' | { readonly error: string }

/** Bytes of fixed length around the name. */
const BINARY_BYTES = 12
const LAX_BYTES = 9
const LEAST_COMPACT_BYTES = 4

/** `most`: bytes that a name may have. Where the start is not whole yet, the cursor's place means nothing. */
export function readMessageBegin(protocol: ThriftProtocol, cursor: ByteCursor, most: number): MessageBegin {
  switch (protocol) {
    case 'BINARY':
      return readBinary(cursor, most)
    case 'LAX_BINARY':
      return readLax(cursor, most)
    case 'COMPACT':
      return readCompact(cursor, most)
  }
}

/** What a reply holds first: a result has number 0, an exception of the method's own any other. */
export function peekReply(protocol: ThriftProtocol, cursor: ByteCursor): 'success' | 'error' | 'more' {
  if (cursor.left < 1) return 'more'
  const first = cursor.uint8()
  if (protocol !== 'COMPACT') {
    if (first === 0) return 'success'
    return cursor.left < 2 ? 'more' : cursor.uint16() === 0 ? 'success' : 'error'
  }
  if ((first & 0x0f) === 0) return 'success'
  if (first >> 4 !== 0) return 'error'
  const id = cursor.varint()
  return id === undefined ? 'more' : id === 0 ? 'success' : 'error'
}

function readBinary(cursor: ByteCursor, most: number): MessageBegin {
  if (cursor.left < BINARY_BYTES) return 'more'
  if (cursor.uint16() !== BINARY_VERSION) return { error: 'invalid binary protocol version' }
  cursor.uint8()
  const type = cursor.uint8()
  if (!isKnown(type)) return { error: `invalid binary protocol message type ${type}` }
  return passName(cursor, cursor.int32(), 4, most) ?? { type }
}

function readLax(cursor: ByteCursor, most: number): MessageBegin {
  if (cursor.left < LAX_BYTES) return 'more'
  const unfinished = passName(cursor, cursor.int32(), 5, most)
  if (unfinished !== undefined) return unfinished
  cursor.at -= 5
  const type = cursor.uint8()
  cursor.int32()
  return isKnown(type) ? { type } : { error: `invalid (lax) binary protocol message type ${type}` }
}

function readCompact(cursor: ByteCursor, most: number): MessageBegin {
  if (cursor.left < LEAST_COMPACT_BYTES) return 'more'
  if (cursor.uint8() !== COMPACT_ID) return { error: 'invalid compact protocol id' }
  const second = cursor.uint8()
  const type = second >> 5
  if ((second & 0x1f) !== COMPACT_VERSION) return { error: 'invalid compact protocol version' }
  if (!isKnown(type)) return { error: `invalid compact protocol message type ${type}` }
  for (const what of ['sequence id', 'name length']) {
    const number = cursor.varint()
    if (number === undefined) return 'more'
    if (number === 'too long') return { error: `invalid compact protocol ${what}` }
    if (what === 'name length') return passName(cursor, number, 0, most) ?? { type }
  }
  return 'more'
}

/** Moves behind the name and so many bytes; undefined when they are all there. */
function passName(cursor: ByteCursor, length: number, more: number, most: number): 'more' | 'never' | undefined {
  // A length below zero is that of a message of another protocol.
  if (length < 0 || length > most) return 'never'
  if (cursor.left < length + more) return 'more'
  cursor.at += length + more
  return undefined
}

function isKnown(type: number): boolean {
  return type >= MESSAGE.call && type <= MESSAGE.oneway
}
