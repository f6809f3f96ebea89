/** Requests and responses that ask to leave HTTP (RFC 9110 §7.8, §9.3.6). */
import type { HeaderMap, RequestHeaders } from '../../api/headers.ts'
import { nameSet } from '../../codec/headers/field-names.ts'
import { hasToken } from './header-tokens.ts'

const UPGRADE = nameSet(['upgrade'])

/** True for `connection: upgrade` with an `upgrade` header. */
export function isUpgrade(headers: HeaderMap): boolean {
  if (!headers.mayHave(UPGRADE) || !headers.has('upgrade')) return false
  const connection = headers.get('connection')
  return connection !== undefined && hasToken(connection, 'upgrade')
}

/** What a request wants to become: the value of Upgrade, `CONNECT`, or undefined. */
export function upgradeTypeOf(headers: RequestHeaders): string | undefined {
  if (headers.method === 'CONNECT') return headers.protocol ?? 'CONNECT'
  return isUpgrade(headers) ? headers.get('upgrade') : undefined
}
