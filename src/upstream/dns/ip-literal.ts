/** Tells addresses of the two families apart. */
import { ipAddress } from '../../network/address.ts'

export function isIPv4(text: string): boolean {
  return ipAddress(text, 0)?.family === 4
}

export function isIPv6(text: string): boolean {
  return ipAddress(text, 0)?.family === 6
}
