/** envoy.config.route.v3.InternalRedirectPolicy: which redirects of upstreams are followed here, and how far. */
import type { Reader } from '../../api/config.ts'
import type { InternalRedirectPolicy, RedirectPredicate } from '../../api/route.ts'

const DEFAULT_CODES: readonly number[] = [302]
const CODES: ReadonlySet<number> = new Set([301, 302, 303, 307, 308])

/** undefined: redirects go to the client. */
export function readInternalRedirectPolicy(reader: Reader): InternalRedirectPolicy | undefined {
  const policy = reader.message('internal_redirect_policy', readPolicy)
  type Action = 'PASS_THROUGH_INTERNAL_REDIRECT' | 'HANDLE_INTERNAL_REDIRECT'
  const action = reader.enumeration<Action>('internal_redirect_action', 'PASS_THROUGH_INTERNAL_REDIRECT')
  const maxRedirects = reader.number('max_internal_redirects', 1)
  if (policy !== undefined || action === 'PASS_THROUGH_INTERNAL_REDIRECT') return policy
  return { maxRedirects, codes: DEFAULT_CODES, predicates: [], allowsCrossScheme: false, headersToCopy: [] }
}

function readPolicy(reader: Reader): InternalRedirectPolicy {
  const codes = reader.numbers('redirect_response_codes').filter((code) => CODES.has(code))
  const named = reader.has('redirect_response_codes')
  return {
    maxRedirects: reader.number('max_internal_redirects', 1),
    codes: named ? codes : DEFAULT_CODES,
    predicates: reader.messages('predicates', readPredicate),
    allowsCrossScheme: reader.bool('allow_cross_scheme_redirect', false),
    headersToCopy: readHeadersToCopy(reader),
  }
}

function readHeadersToCopy(reader: Reader): readonly string[] {
  const names = reader.strings('response_headers_to_copy').map((name) => name.toLowerCase())
  if (names.some((name) => name.startsWith(':') || name === 'host')) {
    reader.error('response_headers_to_copy', 'NU151', ':-prefixed headers or Hosts may not be specified here.')
  }
  return names
}

const PREDICATES = 'envoy.extensions.internal_redirect'

function readPredicate(reader: Reader): RedirectPredicate {
  const name = reader.string('name')
  const any = reader.any('typed_config')
  switch (any?.typeName) {
    case `${PREDICATES}.previous_routes.v3.PreviousRoutesConfig`:
      return isNewTarget
    case `${PREDICATES}.allow_listed_routes.v3.AllowListedRoutesConfig`: {
      const allowed = new Set(any.reader.strings('allowed_route_names'))
      return ({ target }) => allowed.has(target)
    }
    case `${PREDICATES}.safe_cross_scheme.v3.SafeCrossSchemeConfig`:
      return ({ fromHttps, toHttps }) => fromHttps || !toHttps
    default:
      any?.reader.keep()
      reader.unsupported(any === undefined ? undefined : 'typed_config', `${name} (${any?.typeName ?? ''})`)
      return () => false
  }
}

/** A request is sent from a route to another one once. */
const isNewTarget: RedirectPredicate = ({ from, target, history }) => {
  const targets = history.targets.get(from)
  if (targets?.has(target) === true) return false
  if (targets === undefined) history.targets.set(from, new Set([target]))
  else targets.add(target)
  return true
}
