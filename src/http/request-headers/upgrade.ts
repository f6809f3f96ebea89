/** Requests and responses that ask to leave HTTP (RFC 9110 §7.8, §9.3.6). */
import type { RequestHeaders } from '../../api/headers.ts'
import { isUpgrade } from '../../codec/headers/is-upgrade.ts'

/** What a request wants to become: the value of Upgrade, `CONNECT`, or undefined. */
export function upgradeTypeOf(headers: RequestHeaders): string | undefined {
  if (isUpgrade(headers)) return headers.get('upgrade')
  return headers.method === 'CONNECT' ? (headers.protocol ?? 'CONNECT') : undefined
}
