/** Asking whether a stored response is still the right one, and what to make of the answer (RFC 9111 §4.3). */
import type { RequestHeaders, ResponseHeaders } from '../../../../api/headers.ts'
import { parseHttpTime } from './http-time.ts'

/** `stored`: of the response that is asked about. */
export function addConditions(request: RequestHeaders, stored: ResponseHeaders): void {
  const tag = stored.get('etag')
  if (tag !== undefined) request.set('if-none-match', tag)
  const modified = stored.get('last-modified')
  const since = modified !== undefined && hasTime(modified) ? modified : (stored.get('date') ?? '')
  request.set('if-modified-since', since)
}

/** Makes of a 304 the response that it confirms. */
export function completeConfirmed(answer: ResponseHeaders, stored: ResponseHeaders): void {
  answer.status = stored.status
  answer.remove('content-length')
  // It is as good as new, unless the answer has an age itself.
  stored.remove('age')
  stored.forEach((name, value) => {
    if (!answer.has(name)) answer.set(name, value)
  })
}

/** A 304 about another response than the stored one leaves the store alone. */
export function isAbout(answer: ResponseHeaders, stored: ResponseHeaders): boolean {
  const tag = answer.get('etag')
  return tag === undefined || tag === stored.get('etag')
}

/** The first second of the epoch is no time. */
function hasTime(value: string): boolean {
  return Math.trunc(parseHttpTime(value) / 1000) !== 0
}
