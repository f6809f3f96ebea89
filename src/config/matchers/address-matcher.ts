/** envoy.type.matcher.v3.AddressMatcher: a predicate over the text of IP addresses. */
import type { Reader } from '../../api/config.ts'
import { parseIp } from '../../base/ip-bits.ts'
import { readCidrRange } from '../cidr-range.ts'

/** `ip` without a port; what is no address matches nothing, not even inverted. */
export type AddressPredicate = (ip: string) => boolean

export function readAddressMatcher(reader: Reader): AddressPredicate {
  const ranges = reader.messages('ranges', readCidrRange)
  const invert = reader.bool('invert_match', false)
  return (ip) => {
    if (parseIp(ip) === undefined) return false
    return ranges.some((range) => range.containsIp(ip)) !== invert
  }
}
