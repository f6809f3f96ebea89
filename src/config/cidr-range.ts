/** Ranges of IP addresses (envoy.config.core.v3.CidrRange). */
import type { Reader } from '../api/config.ts'
import type { Address } from '../api/network.ts'
import type { IpBits } from '../base/ip-bits.ts'
import type { IpPrefix } from '../base/ip-prefix-map.ts'
import { formatIp, isLinkLocal, maskIp, parseIp, samePrefix } from '../base/ip-bits.ts'

export class CidrRange {
  readonly prefixLength: number
  readonly text: string
  readonly #bits: IpBits

  /** `prefixLength` is cut to what the family has. */
  constructor(bits: IpBits, prefixLength: number) {
    this.prefixLength = Math.min(prefixLength, bits.family === 4 ? 32 : 128)
    this.#bits = maskIp(bits, this.prefixLength)
    this.text = `${formatIp(this.#bits)}/${this.prefixLength}`
  }

  /** A pipe is in no range, an IPv4 address in no IPv6 range. */
  contains(address: Address): boolean {
    return address.kind === 'ip' && this.containsIp(address.ip)
  }

  /** False for what is not the text of an IP address. */
  containsIp(ip: string): boolean {
    const bits = parseIp(ip)
    return bits !== undefined && this.containsBits(bits)
  }

  containsBits(bits: IpBits): boolean {
    return samePrefix(this.#bits, bits, this.prefixLength)
  }
}

/** For text that is known to be right: anything else is a bug. */
export function parseCidrRange(ip: string, prefixLength: number): CidrRange {
  const bits = parseIp(ip)
  if (bits === undefined) throw new Error(`not an IP address: ${ip}`)
  return new CidrRange(bits, prefixLength)
}

export function readCidrRange(reader: Reader): CidrRange {
  const { bits, length } = readCidrPrefix(reader)
  return new CidrRange(bits, length)
}

/** Also xds.core.v3.CidrRange. */
export function readCidrPrefix(reader: Reader): IpPrefix {
  const ip = reader.string('address_prefix')
  const bits = parseIp(withoutInterface(ip))
  // Without prefix_len the whole family is meant.
  const length = reader.number('prefix_len', 0)
  if (bits === undefined) reader.error('address_prefix', 'NU131', `malformed IP address: ${ip}`)
  const { family, words } = bits ?? { family: 4, words: [0] }
  return { bits: { family, words }, length: Math.min(length, family === 4 ? 32 : 128) }
}

/** A prefix is the same on every interface, so that nobody needs to know the number of one that has a name. */
function withoutInterface(ip: string): string {
  const percent = ip.indexOf('%')
  if (percent < 0 || percent === ip.length - 1) return ip
  const address = ip.slice(0, percent)
  const bits = parseIp(address)
  return bits !== undefined && isLinkLocal(bits) ? address : ip
}
