/** x-forwarded-for: who the client is, and our own entry (Envoy docs: http_conn_man/headers#x-forwarded-for). */
import type { RequestHeaders } from '../../api/headers.ts'
import type { Address } from '../../api/network.ts'
import { nameSet } from '../../codec/headers/field-names.ts'
import { ipAddress } from '../../network/address.ts'

const NAME = 'x-forwarded-for'
const NAMED = nameSet([NAME])

export function hasForwardedFor(headers: RequestHeaders): boolean {
  return headers.mayHave(NAMED) && headers.has(NAME)
}

/** The address `skip` entries before the last one; undefined when there is none or it is no address. */
export function addressFromForwardedFor(headers: RequestHeaders, skip: number): Address | undefined {
  if (!headers.mayHave(NAMED)) return undefined
  const all = headers.getAll(NAME)
  if (all.length === 0) return undefined
  let value = all.length === 1 ? all[0]! : all.join(',')
  for (let i = 0; i < skip; i++) {
    const comma = value.lastIndexOf(',')
    if (comma < 0) return undefined
    value = value.slice(0, comma)
  }
  const comma = value.lastIndexOf(',')
  // A comma at the very end separates nothing: the text with it is no address.
  if (comma >= 0 && comma + 1 < value.length) value = value.slice(comma + 1)
  return ipAddress(value.trim(), 0)
}

/**
 * The last address that is not trusted, the first of all when each of them is. Undefined when an entry on the way is no
 * address, or there is none.
 */
export function lastUntrustedAddress(
  headers: RequestHeaders,
  isTrusted: (address: Address) => boolean,
): Address | undefined {
  if (!headers.mayHave(NAMED)) return undefined
  const entries = headers.getAll(NAME).join(',').split(',')
  for (let i = entries.length - 1; i >= 0; i--) {
    const address = ipAddress(entries[i]!.trim(), 0)
    if (address === undefined || i === 0 || !isTrusted(address)) return address
  }
  return undefined
}

/** True when the header holds exactly one address and nothing was skipped. */
export function isSingleForwardedFor(headers: RequestHeaders): boolean {
  if (!headers.mayHave(NAMED)) return false
  const all = headers.getAll(NAME)
  return all.length === 1 && !all[0]!.includes(',')
}

export function appendForwardedFor(headers: RequestHeaders, peer: Address): void {
  if (peer.kind === 'ip') headers.append(NAME, peer.ip)
}
