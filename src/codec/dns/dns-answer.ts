/** What a DNS server answers (RFC 1035 §4.1): its code and the addresses among its records; of aliases only how long they hold. */
import { formatIp } from '../../base/ip-bits.ts'
import type { AddressType } from './dns-query.ts'
import { TYPE_OPT } from './dns-query.ts'

export interface DnsAnswer {
  readonly id: number
  /** RCODE: 0 is fine, 2 the server has failed, 3 there is no such name. */
  readonly code: number
  readonly addresses: readonly DnsAddress[]
  /** The rest has to be asked for over TCP. */
  readonly truncated: boolean
  /** The server knows RFC 6891. */
  readonly edns: boolean
}

export interface DnsAddress {
  readonly ip: string
  /** No longer than the aliases on the way to it hold. */
  readonly ttlS: number
}

const HEADER_LENGTH = 12
const RESPONSE = 0x8000
const TRUNCATED = 0x0200
const MAX_TTL_S = 0x7f_ff_ff_ff
const CLASS_IN = 1
const TYPE_CNAME = 5
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
  let aliasTtlS = MAX_TTL_S
  const truncated = (flags & TRUNCATED) !== 0
  let edns = false
  const answers = bytes.readUInt16BE(6)
  const records = truncated ? 0 : answers + bytes.readUInt16BE(8) + bytes.readUInt16BE(10)
  for (let index = 0; index < records; index++) {
    at = afterName(bytes, at)
    if (at === undefined || at + 10 > bytes.length) return undefined
    const length = bytes.readUInt16BE(at + 8)
    const data = at + 10
    if (data + length > bytes.length) return undefined
    edns ||= bytes.readUInt16BE(at) === TYPE_OPT
    const isAnswer = index < answers && bytes.readUInt16BE(at + 2) === CLASS_IN
    const ownType = bytes.readUInt16BE(at)
    if (isAnswer && ownType === type && length === ADDRESS_LENGTH[type]) {
      addresses.push({ ip: addressAt(bytes, data, type), ttlS: ttlAt(bytes, at + 4) })
    } else if (isAnswer && ownType === TYPE_CNAME) aliasTtlS = Math.min(aliasTtlS, ttlAt(bytes, at + 4))
    at = data + length
  }
  const held = addresses.map(({ ip, ttlS }) => ({ ip, ttlS: Math.min(ttlS, aliasTtlS) }))
  return { id: bytes.readUInt16BE(0), code: flags & 0xf, addresses: held, truncated, edns }
}

/** Beyond 31 bits it is none (RFC 2181 §8). */
function ttlAt(bytes: Buffer, at: number): number {
  const ttlS = bytes.readUInt32BE(at)
  return ttlS > MAX_TTL_S ? 0 : ttlS
}

/** Whether this answers that question, whatever it says: letters of its name may come back in another case. */
export function answersQuery(bytes: Buffer, query: Buffer): boolean {
  const end = afterName(query, HEADER_LENGTH)! + 4
  // Lengths and types are below the codes of letters.
  const question = (of: Buffer): string => of.toString('latin1', HEADER_LENGTH, end).toLowerCase()
  return (
    bytes.length >= end &&
    bytes.readUInt16BE(0) === query.readUInt16BE(0) &&
    (bytes.readUInt16BE(2) & RESPONSE) !== 0 &&
    bytes.readUInt16BE(4) === 1 &&
    question(bytes) === question(query)
  )
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
