/** internal_address_config: whose requests are internal. */
import type { Reader } from '../../../../api/config.ts'
import type { Address } from '../../../../api/network.ts'
import type { CidrRange } from '../../../../config/cidr-range.ts'
import { parseCidrRange, readCidrRange } from '../../../../config/cidr-range.ts'

/** What an internal_address_config without ranges means; without the whole message nobody is internal. */
const PRIVATE: readonly (readonly [ip: string, prefixLength: number])[] = [
  ['10.0.0.0', 8],
  ['172.16.0.0', 12],
  ['192.168.0.0', 16],
  ['127.0.0.1', 32],
  ['fd00::', 8],
  ['::1', 128],
]

export function readInternalAddresses(reader: Reader): (address: Address) => boolean {
  const unixSockets = reader.bool('unix_sockets', false)
  const configured = reader.messages('cidr_ranges', readCidrRange)
  const ranges = configured.length > 0 ? configured : privateRanges()
  return (address) => (address.kind === 'pipe' ? unixSockets : ranges.some((range) => range.contains(address)))
}

function privateRanges(): CidrRange[] {
  return PRIVATE.map(([ip, prefixLength]) => parseCidrRange(ip, prefixLength))
}
