/** Which requests are looked up, and which responses may be stored (RFC 9111 §3, as far as Envoy goes). */
import type { RequestHeaders, ResponseHeaders } from '../../../../api/headers.ts'
import type { StringPredicate } from '../../../../config/matchers/string-matcher.ts'
import { parseResponseCacheControl } from './cache-control.ts'
import { varyNames } from './vary-names.ts'

/** if-match and if-unmodified-since may be passed over by a cache (RFC 9110 §13.2.1). */
const CONDITIONS = ['if-none-match', 'if-modified-since', 'if-range']

const STATUSES: ReadonlySet<number> = new Set([200, 203, 204, 206, 300, 301, 308, 404, 405, 410, 414, 451, 501])

/** Of a request without a body. */
export function isLookedUp(headers: RequestHeaders): boolean {
  const { method, path, authority, scheme } = headers
  if (method !== 'GET' && method !== 'HEAD') return false
  if (path === '' || authority === undefined || headers.has('authorization')) return false
  if (!/^https?$/i.test(scheme ?? '')) return false
  return !CONDITIONS.some((name) => headers.has(name))
}

/** It says how long it is fresh, or that it is to be validated each time, and varies by nothing that is not allowed. */
export function isStored(headers: ResponseHeaders, allowedVary: readonly StringPredicate[]): boolean {
  if (!STATUSES.has(headers.status)) return false
  const { noStore, mustValidate, maxAge } = parseResponseCacheControl(headers.get('cache-control') ?? '')
  if (noStore) return false
  if (!mustValidate && maxAge === undefined && !(headers.has('date') && headers.has('expires'))) return false
  const lines = headers.getAll('vary')
  // An empty first line is as good as none.
  if (lines.length === 0 || lines[0] === '') return true
  return varyNames(lines).every((name) => name !== '*' && allowedVary.some((allows) => allows(name)))
}
