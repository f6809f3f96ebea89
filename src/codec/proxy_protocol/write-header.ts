/** The PROXY protocol header that a client connection becomes to the upstream (haproxy.org, proxy-protocol.txt). */
import type { Address, IpAddress } from '../../api/network.ts'
import { parseIp } from '../../base/ip-bits.ts'
import type { Tlv } from './read-tlvs.ts'

export type ProxyProtocolVersion = 'V1' | 'V2'

/** As bytes, one a code unit. Extensions are for version 2 alone, and for addresses that it can name. */
export function proxyProtocolHeader(
  version: ProxyProtocolVersion,
  source: Address,
  destination: Address,
  tlvs: readonly Tlv[] = [],
): string {
  const from = ipOf(source)
  const to = ipOf(destination)
  const known = from !== undefined && to !== undefined && from.family === to.family
  if (version === 'V1') return known ? textHeader(from, to) : 'PROXY UNKNOWN\r\n'
  return known ? binaryHeader(from, to, tlvs) : proxyProtocolLocalHeader()
}

/** Of a connection that is the proxy's own, in version 2. */
export function proxyProtocolLocalHeader(): string {
  return binary(LOCAL, UNSPECIFIED, '')
}

function ipOf(address: Address): IpAddress | undefined {
  return address.kind === 'ip' ? address : undefined
}

function textHeader(from: IpAddress, to: IpAddress): string {
  return `PROXY TCP${from.family} ${from.ip} ${to.ip} ${from.port} ${to.port}\r\n`
}

const SIGNATURE = '\r\n\r\n\0\r\nQUIT\n'
const LOCAL = 0x20
const PROXY = 0x21
const UNSPECIFIED = 0x00
const TCP4 = 0x11
const TCP6 = 0x21

function binaryHeader(from: IpAddress, to: IpAddress, tlvs: readonly Tlv[]): string {
  const addresses = ipBytes(from) + ipBytes(to) + word(from.port) + word(to.port)
  return binary(PROXY, from.family === 4 ? TCP4 : TCP6, addresses + tlvs.map(tlvBytes).join(''))
}

/** Of `tlvs` those that a header of version 2 has room for, each looked at by itself. */
export function fittingTlvs(source: Address, tlvs: readonly Tlv[]): readonly Tlv[] {
  let left = MAX_LENGTH - (ipOf(source)?.family === 6 ? ADDRESSES_6 : ADDRESSES_4)
  return tlvs.filter(({ value }) => {
    const length = TLV_HEAD + value.length
    if (length > left) return false
    left -= length
    return true
  })
}

const MAX_LENGTH = 0xffff
const ADDRESSES_4 = 12
const ADDRESSES_6 = 36
const TLV_HEAD = 3

function tlvBytes({ type, value }: Tlv): string {
  return String.fromCharCode(type) + word(value.length) + Buffer.from(value).latin1Slice()
}

function binary(command: number, family: number, addresses: string): string {
  return `${SIGNATURE}${String.fromCharCode(command, family)}${word(addresses.length)}${addresses}`
}

function word(value: number): string {
  return String.fromCharCode(value >> 8, value & 255)
}

function ipBytes({ ip }: IpAddress): string {
  const words = parseIp(ip)?.words ?? []
  return words.map((bits) => word(bits >>> 16) + word(bits & 0xffff)).join('')
}
