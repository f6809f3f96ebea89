/* Thrift messages for tests, as latin1 text. */

export const int16 = (value: number): string => String.fromCharCode((value >> 8) & 0xff, value & 0xff)
export const int32 = (value: number): string => int16(value >>> 16) + int16(value & 0xffff)

/** Strict binary. `kind`: 1 call, 2 reply, 3 exception, 4 oneway. */
export const thriftMessage = (kind: number, body = '\0', name = 'ping', sequence = 0): string =>
  int16(0x8001) + int16(kind) + int32(name.length) + name + int32(sequence) + body

export const laxMessage = (kind: number, body = '\0'): string =>
  `${int32(4)}ping${String.fromCharCode(kind)}${int32(0)}${body}`

export const compactMessage = (kind: number, body = '\0'): string =>
  `\x82${String.fromCharCode((kind << 5) | 1)}\0\x04ping${body}`

export const framed = (message: string): string => int32(message.length) + message

/** `protocol`: 0 binary, 2 compact. `more`: headers, up to a multiple of four bytes. */
export const withThriftHeader = (protocol: number, message: string, more = '\0\0'): string => {
  const header = `${String.fromCharCode(protocol)}\0${more}`
  return framed(`\x0f\xff\0\0${int32(0)}${int16(header.length / 4)}${header}${message}`)
}
