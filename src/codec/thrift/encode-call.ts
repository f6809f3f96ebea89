/** A Thrift call without arguments, of sequence number 0, byte for byte as Envoy's health checks send it. */
import type { ThriftProtocol, ThriftSettings } from './thrift-settings.ts'
import {
  BINARY_VERSION,
  COMPACT_ID,
  COMPACT_VERSION,
  HEADER_MAGIC,
  HEADER_PROTOCOL,
  MESSAGE,
} from './thrift-settings.ts'

/** The end of a struct, which Envoy writes twice. */
const NO_ARGUMENTS = Buffer.from([0, 0])
const SEQUENCE_ID = 0

export function encodeCall({ transport, protocol }: ThriftSettings, method: string): Buffer {
  const message = Buffer.concat([messageBegin(protocol, Buffer.from(method)), NO_ARGUMENTS])
  switch (transport) {
    case 'UNFRAMED':
      return message
    case 'FRAMED':
      return Buffer.concat([int32(message.length), message])
    case 'HEADER':
      return withHeader(protocol, message)
  }
}

function messageBegin(protocol: ThriftProtocol, name: Buffer): Buffer {
  switch (protocol) {
    case 'BINARY': {
      const start = Buffer.from([BINARY_VERSION >> 8, BINARY_VERSION & 0xff, 0, MESSAGE.call])
      return Buffer.concat([start, int32(name.length), name, int32(SEQUENCE_ID)])
    }
    case 'LAX_BINARY':
      return Buffer.concat([int32(name.length), name, Buffer.from([MESSAGE.call]), int32(SEQUENCE_ID)])
    case 'COMPACT': {
      const start = Buffer.from([COMPACT_ID, (MESSAGE.call << 5) | COMPACT_VERSION])
      return Buffer.concat([start, varint(SEQUENCE_ID), varint(name.length), name])
    }
  }
}

/** No flags, no transforms, no headers; filled up to a multiple of four bytes. */
function withHeader(protocol: ThriftProtocol, message: Buffer): Buffer {
  const start = Buffer.from([HEADER_MAGIC >> 8, HEADER_MAGIC & 0xff, 0, 0])
  const size = Buffer.from([0, 1])
  const header = Buffer.from([HEADER_PROTOCOL[protocol] ?? 0, 0, 0, 0])
  const frame = Buffer.concat([start, int32(SEQUENCE_ID), size, header, message])
  return Buffer.concat([int32(frame.length), frame])
}

function int32(value: number): Buffer {
  const bytes = Buffer.alloc(4)
  bytes.writeInt32BE(value)
  return bytes
}

function varint(value: number): Buffer {
  const bytes: number[] = []
  for (; value > 0x7f; value >>>= 7) bytes.push((value & 0x7f) | 0x80)
  return Buffer.from([...bytes, value])
}
