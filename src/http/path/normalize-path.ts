/** What is done to :path before anybody looks at it (Envoy's ConnectionManagerUtility::maybeNormalizePath). */
import type { RequestHeaders } from '../../api/headers.ts'
import type { PathSettings } from '../connection-manager-settings.ts'
import { canonicalPath } from './canonical-path.ts'
import { mergeSlashes } from './merge-slashes.ts'
import { unescapeSlashes } from './unescape-slashes.ts'

export type PathAction = 'continue' | 'reject' | 'redirect'

/** Rewrites `headers.path`; with `redirect` the client is to ask for the path that is there now. */
export function normalizePath(headers: RequestHeaders, settings: PathSettings): PathAction {
  if (headers.path === '') return 'continue'
  // A fragment never belongs on the wire (RFC 9110 §4.2.5).
  if (headers.path.includes('#')) return 'reject'
  let action: PathAction = 'continue'
  if (settings.escapedSlashes !== 'KEEP_UNCHANGED') {
    const unescaped = unescapeSlashes(headers.path)
    if (unescaped !== headers.path) {
      // Also a refused request is logged with it.
      headers.path = unescaped
      if (settings.escapedSlashes === 'REJECT_REQUEST') return 'reject'
      if (settings.escapedSlashes === 'UNESCAPE_AND_REDIRECT') action = 'redirect'
    }
  }
  if (settings.normalize) {
    const canonical = canonicalPath(headers.path)
    if (canonical === undefined) return 'reject'
    headers.path = canonical
  }
  if (settings.mergeSlashes) headers.path = mergeSlashes(headers.path)
  return action
}
