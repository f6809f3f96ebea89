/** What a DNS server answers (RFC 1035 §4.1): its code and the addresses among its records; aliases are passed over. */
import { formatIp } from '../../base/ip-bits.ts'
import type { AddressType } from './dns-query.ts'

export interface DnsAnswer {
  readonly id: number
  /** RCODE: 0 is fine, 2 the server has failed, 3 there is no such name. */
  readonly code: number
  readonly addresses: readonly DnsAddress[]
}

export interface DnsAddress {
  readonly ip: string
  readonly ttlS: number
}

const HEADER_LENGTH = 12
const RESPONSE = 0x8000
const CLASS_IN = 1
const ADDRESS_LENGTH: Readonly<Record<AddressType, number>> = { 1: 4, 28: 16 }

/** undefined: this is no answer. */
export function decodeDnsAnswer(bytes: Buffer, type: AddressType): DnsAnswer | undefined {
  if (bytes.length < HEADER_LENGTH) return undefined
  const flags = bytes.readUInt16BE(2)
  if ((flags & RESPONSE) === 0) return undefined
  let at: number | undefined = HEADER_LENGTH
  for (let questions = bytes.readUInt16BE(4); questions > 0; questions--) {
    at = afterName(bytes, at)
    if (at === undefined) return undefined
    at += 4
  }
  const addresses: DnsAddress[] = []
  for (let records = bytes.readUInt16BE(6); records > 0; records--) {
    at = afterName(bytes, at)
    if (at === undefined || at + 10 > bytes.length) return undefined
    const length = bytes.readUInt16BE(at + 8)
    const data = at + 10
    if (data + length > bytes.length) return undefined
    const isOurs = bytes.readUInt16BE(at) === type && bytes.readUInt16BE(at + 2) === CLASS_IN
    if (isOurs && length === ADDRESS_LENGTH[type]) {
      addresses.push({ ip: addressAt(bytes, data, type), ttlS: bytes.readUInt32BE(at + 4) })
    }
    at = data + length
  }
  return { id: bytes.readUInt16BE(0), code: flags & 0xf, addresses }
}

/** Labels up to the empty one, or up to a pointer to where the rest stands (RFC 1035 §4.1.4). */
function afterName(bytes: Buffer, start: number): number | undefined {
  for (let at = start; at < bytes.length;) {
    const length = bytes[at]!
    if (length === 0) return at + 1
    if (length >= 0xc0) return at + 2
    at += 1 + length
  }
  return undefined
}

function addressAt(bytes: Buffer, at: number, type: AddressType): string {
  if (type === 1) return formatIp({ family: 4, words: [bytes.readUInt32BE(at)] })
  return formatIp({ family: 6, words: [0, 4, 8, 12].map((offset) => bytes.readUInt32BE(at + offset)) })
}
