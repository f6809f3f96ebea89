/**
 * envoy.extensions.http.custom_response.redirect_policy.v3.RedirectPolicy: a response that is fetched from elsewhere, by a
 * request that takes the place of the client's.
 */
import type { Reader } from '../../../../api/config.ts'
import type { RequestHeaders } from '../../../../api/headers.ts'
import type { StreamInfo } from '../../../../api/stream-info.ts'
import { toWireText } from '../../../../base/wire-text.ts'
import { parseAbsoluteUrl } from '../../../../router/absolute-url.ts'
import type { HeaderMutations } from '../../../../router/header-mutations.ts'
import { readHeaderAdditions } from '../../../../router/header-mutations.ts'
import { readRedirect } from '../../../../router/redirect.ts'

export interface RedirectPolicy {
  readonly kind: 'redirect'
  /** The absolute URL that is asked for by GET. */
  location(headers: RequestHeaders, streamInfo: StreamInfo): string
  /** Undefined: that of the response that is replaced. */
  readonly status: number | undefined
  readonly requestHeaders: HeaderMutations
  readonly responseHeaders: HeaderMutations
}

export function readRedirectPolicy(reader: Reader): RedirectPolicy {
  return {
    kind: 'redirect',
    location: readLocation(reader),
    status: reader.optionalNumber('status_code'),
    requestHeaders: readHeaderAdditions(reader, 'request_headers_to_add'),
    responseHeaders: readHeaderAdditions(reader, 'response_headers_to_add'),
  }
}

function readLocation(reader: Reader): RedirectPolicy['location'] {
  const action = reader.message('redirect_action', readAction)
  if (action !== undefined) return action
  const uri = reader.string('uri')
  if (reader.has('uri') && parseAbsoluteUrl(uri) === undefined) {
    reader.error('uri', 'NU158', `Invalid uri specified for redirection for custom response: ${uri}`)
  }
  const location = toWireText(uri)
  return () => location
}

/** There is no route whose prefix or path could be rewritten. */
function readAction(action: Reader): RedirectPolicy['location'] {
  for (const field of ['prefix_rewrite', 'regex_rewrite']) {
    if (action.has(field)) action.error(field, 'NU158', `${field} is not supported for Custom Response`)
  }
  return readRedirect(action, NO_MATCH).location
}

const NO_MATCH = {
  kind: 'prefix',
  literal: '',
  caseSensitive: true,
  matches: () => true,
  matchedPrefix: () => '',
} as const
