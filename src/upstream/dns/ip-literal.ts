/** Tells addresses of the two families apart. */
import type { IpAddress } from '../../api/network.ts'
import { ipAddress } from '../../network/address.ts'

export function isIPv4(text: string): boolean {
  return ipAddress(text, 0)?.family === 4
}

export function isIPv6(text: string): boolean {
  return ipAddress(text, 0)?.family === 6
}

/** As c-ares reads it, which lets an IPv4 address have zeros in front of its numbers. */
export function ipLiteral(text: string): IpAddress | undefined {
  return ipAddress(/^[\d.]+$/.test(text) ? text.replaceAll(/(?<!\d)0+(?=\d)/g, '') : text, 0)
}
