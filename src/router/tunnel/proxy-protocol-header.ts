/** The PROXY protocol header that a client connection becomes to the upstream (haproxy.org, proxy-protocol.txt). */
import type { Address, ConnectionInfo, IpAddress } from '../../api/network.ts'
import { parseIp } from '../../base/ip-bits.ts'

/** As bytes, one a code unit. */
export function proxyProtocolHeader(version: 'V1' | 'V2', { remoteAddress, localAddress }: ConnectionInfo): string {
  const from = ipOf(remoteAddress)
  const to = ipOf(localAddress)
  const known = from !== undefined && to !== undefined && from.family === to.family
  if (version === 'V1') return known ? textHeader(from, to) : 'PROXY UNKNOWN\r\n'
  return known ? binaryHeader(from, to) : binary(LOCAL, UNSPECIFIED, '')
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

function binaryHeader(from: IpAddress, to: IpAddress): string {
  const addresses = ipBytes(from) + ipBytes(to) + word(from.port) + word(to.port)
  return binary(PROXY, from.family === 4 ? TCP4 : TCP6, addresses)
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
