/** What compressing a response changes of its headers. */
import type { ResponseHeaders } from '../../../../api/headers.ts'

const ACCEPT_ENCODING = 'Accept-Encoding'

/** A strong validator promises bytes that are not sent any more. */
export function sanitizeEtag(headers: ResponseHeaders, weaken: boolean): void {
  const etag = headers.get('etag')
  if (etag === undefined || /^w\//i.test(etag)) return
  if (weaken) headers.set('etag', `W/${etag}`)
  else headers.remove('etag')
}

/** Caches must not hand the response to clients that accept something else. */
export function insertVary(headers: ResponseHeaders): void {
  const vary = headers.get('vary')
  if (vary === undefined) headers.set('vary', ACCEPT_ENCODING)
  else if (!vary.split(',').some((name) => name.trim() === ACCEPT_ENCODING)) {
    headers.set('vary', `${vary}, ${ACCEPT_ENCODING}`)
  }
}
