/** The kernel's form of an address: sockaddr_in, sockaddr_in6, sockaddr_un. */
import type { Address } from '../api/network.ts'
import type { IpBits } from '../base/ip-bits.ts'
import { formatIp, parseIp } from '../base/ip-bits.ts'
import { NativeBuffer } from './native-buffer.ts'
import { AF_INET, AF_INET6, AF_UNIX, UNIX_PATH_MAX } from './socket-constants.ts'

export const SOCKADDR_MAX = 128

/** sin6_scope_id, in the byte order of the machine. */
export const SCOPE_ID_AT = 24

export function familyOf(address: Address): number {
  if (address.kind === 'pipe') return AF_UNIX
  return address.family === 4 ? AF_INET : AF_INET6
}

/** Writes `address` and returns the length of it. A pipe's path has been checked to fit. */
export function encodeSocketAddress(address: Address, into: NativeBuffer): number {
  const { bytes, view } = into
  bytes.fill(0)
  view.setUint16(0, familyOf(address), true)
  if (address.kind === 'pipe') {
    const path = new TextEncoder().encode(address.path)
    bytes.set(path.subarray(0, UNIX_PATH_MAX), 2)
    // An abstract name begins with a zero byte and has no end but its length.
    if (address.path.startsWith('@')) {
      bytes[2] = 0
      return 2 + path.length
    }
    return 2 + path.length + 1
  }
  const bits = parseIp(address.ip)
  if (bits === undefined) throw new Error(`not an IP address: ${address.ip}`)
  view.setUint16(2, address.port)
  const at = address.family === 4 ? 4 : 8
  bits.words.forEach((word, i) => view.setUint32(at + i * 4, word))
  if (bits.zone !== undefined) view.setUint32(SCOPE_ID_AT, bits.zone, true)
  return address.family === 4 ? 16 : 28
}

export type KernelAddress =
  | { readonly kind: 'ip'; readonly ip: string; readonly port: number }
  | { readonly kind: 'pipe'; readonly path: string }

/** What the kernel wrote. An unnamed pipe has the path ''. */
export function decodeSocketAddress(from: NativeBuffer, length: number): KernelAddress {
  const { bytes, view } = from
  const family = view.getUint16(0, true)
  if (family === AF_UNIX) return { kind: 'pipe', path: decodePath(bytes.subarray(2, Math.max(length, 2))) }
  const at = family === AF_INET ? 4 : 8
  const words = Array.from({ length: family === AF_INET ? 1 : 4 }, (_, i) => view.getUint32(at + i * 4))
  const bits: IpBits =
    family === AF_INET ? { family: 4, words } : { family: 6, words, zone: view.getUint32(SCOPE_ID_AT, true) }
  return { kind: 'ip', ip: formatIp(bits), port: view.getUint16(2) }
}

function decodePath(bytes: Uint8Array): string {
  if (bytes.length === 0) return ''
  if (bytes[0] === 0) return `@${new TextDecoder().decode(bytes.subarray(1))}`
  const end = bytes.indexOf(0)
  return new TextDecoder().decode(end < 0 ? bytes : bytes.subarray(0, end))
}
