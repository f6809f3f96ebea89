/** The Connection header of a request: what it nominates is removed before anybody sees the head. */
import type { RequestHeaders } from '../../api/headers.ts'

const MAX_NOMINATED = 10
const MAX_TE_LENGTH = 256

/** Options of the connection rather than names of fields. */
const OPTIONS: ReadonlySet<string> = new Set(['close', 'http2-settings', 'keep-alive', 'upgrade'])

/** Removing one of them would hide where a request came from. */
const PROTECTED: ReadonlySet<string> = new Set(['x-forwarded-for', 'x-forwarded-host', 'x-forwarded-proto'])

/** Whether `value`, a comma-separated list, has the token, whatever its case. */
export function listHasToken(value: string, token: string): boolean {
  if (value === token) return true
  if (value.length < token.length || value === 'keep-alive') return false
  if (!value.includes(',')) {
    const only = value.trim()
    return only.length === token.length && only.toLowerCase() === token
  }
  return value.split(',').some((part) => part.trim().toLowerCase() === token)
}

/** Leaves in `value` what `remove` does not name; undefined when nothing is left. */
export function withoutTokens(value: string, remove: ReadonlySet<string>): string | undefined {
  const left = value
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '' && !remove.has(part.toLowerCase()))
  return left.length === 0 ? undefined : left.join(',')
}

/** Envoy's Utility::sanitizeConnectionHeader. False: the request is to be refused. */
export function sanitizeConnectionHeader(headers: RequestHeaders): boolean {
  const value = headers.get('connection')
  if (value === undefined || value === 'keep-alive' || value === 'close' || value === 'Keep-Alive') return true
  const tokens = value
    .split(',')
    .map((part) => part.trim().toLowerCase())
    .filter((part) => part !== '')
  if (tokens.length >= MAX_NOMINATED) return false
  const removed = new Set<string>()
  for (const token of tokens) {
    if (OPTIONS.has(token)) continue
    if (PROTECTED.has(token) || token.startsWith(':')) return false
    if (token === 'te') {
      const te = headers.get('te')
      if (te !== undefined && te.length >= MAX_TE_LENGTH) return false
      if (te !== undefined && listHasToken(te, 'trailers')) {
        headers.set('te', 'trailers')
        continue
      }
    }
    if (token !== 'connection') headers.remove(token)
    removed.add(token)
  }
  if (removed.size === 0) return true
  const left = withoutTokens(value, removed)
  if (left === undefined) headers.remove('connection')
  else headers.set('connection', left)
  return true
}
