/** Addresses as wire text; only paths of pipes can have something beside ASCII in them. */
import type { Address } from '../../api/network.ts'
import { formatIp, maskIp, parseIp } from '../../base/ip-bits.ts'
import { toWireText } from '../../base/wire-text.ts'

export function addressText(address: Address): string {
  return address.kind === 'ip' ? address.text : toWireText(address.text)
}

export function addressWithoutPort(address: Address): string {
  return address.kind === 'ip' ? address.ip : toWireText(address.text)
}

/** `10.1.0.0/16`: the network of `address`. A prefix that is too long is the whole address; a negative one is nothing. */
export function networkOf(address: Address, prefixLength: number): string {
  if (address.kind !== 'ip') return toWireText(address.text)
  if (prefixLength < 0) return ''
  const length = Math.min(prefixLength, address.family === 4 ? 32 : 128)
  const ip = parseIp(address.ip)
  return ip === undefined ? address.text : `${formatIp(maskIp(ip, length))}/${length}`
}
