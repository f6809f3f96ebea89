/** Version 2: a signature, command and family, a length, binary addresses, extensions. */
import type { ProxyEndpoint, ProxyHeader } from './proxy-header.ts'

export const V2_SIGNATURE = Buffer.from('\r\n\r\n\0\r\nQUIT\n', 'latin1')
export const V2_FIXED_LENGTH = 16

const VERSION = 2
const LOCAL = 0
const PROXY = 1
const INET = 1
const INET6 = 2
const STREAM = 1
const DATAGRAM = 2

/** `bytes` begin with the signature and are `V2_FIXED_LENGTH` at least. 'more': of the addresses. */
export function readV2Header(bytes: Uint8Array): ProxyHeader | 'more' | undefined {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
  const command = bytes[12]! & 0xf
  const family = bytes[13]! >>> 4
  const transport = bytes[13]! & 0xf
  const rest = view.getUint16(14)
  if (bytes[12]! >>> 4 !== VERSION) return undefined
  // Nothing behind it counts, not even the family.
  if (command === LOCAL) return { addresses: undefined, length: V2_FIXED_LENGTH, extensionsLength: rest }
  const size = family === INET ? 12 : family === INET6 ? 36 : undefined
  if (size === undefined || rest < size) return undefined
  const length = V2_FIXED_LENGTH + size
  if (bytes.length < length) return 'more'
  if (command !== PROXY || (transport !== STREAM && transport !== DATAGRAM)) return undefined
  const words = family === INET ? 1 : 4
  const endpoint = (at: number, portAt: number): ProxyEndpoint => ({
    ip: { family: family === INET ? 4 : 6, words: Array.from({ length: words }, (_, i) => view.getUint32(at + i * 4)) },
    port: view.getUint16(portAt),
  })
  const source = endpoint(V2_FIXED_LENGTH, length - 4)
  const destination = endpoint(V2_FIXED_LENGTH + words * 4, length - 2)
  return { addresses: { source, destination }, length, extensionsLength: rest - size }
}
