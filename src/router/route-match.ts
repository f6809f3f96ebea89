/** envoy.config.route.v3.RouteMatch: every criterion must hold. */
import type { Reader } from '../api/config.ts'
import type { FractionalPercent, Runtime } from '../api/runtime.ts'
import { toWireText } from '../base/wire-text.ts'
import { readAddressMatcher } from '../config/matchers/address-matcher.ts'
import type { HeaderPredicate } from '../config/matchers/header-matcher.ts'
import { readHeaderMatcher } from '../config/matchers/header-matcher.ts'
import { readMetadataMatcher } from '../config/matchers/metadata-matcher.ts'
import { readQueryParameterMatcher } from '../config/matchers/query-parameter-matcher.ts'
import { readStringMatcher } from '../config/matchers/string-matcher.ts'
import { cookieValue } from './cookies.ts'
import { readFractionalPercent } from '../config/fractional-percent.ts'
import { withoutPort } from '../http/host-name.ts'
import { isGrpcRequest } from '../http/local-reply/grpc-status.ts'
import type { PathMatch } from './path-match.ts'
import { readPathMatch } from './path-match.ts'
import type { RequestView } from './request-view.ts'

type Criterion = (request: RequestView, runtime: Runtime) => boolean

export class RouteMatch {
  readonly path: PathMatch
  readonly #criteria: readonly Criterion[]

  constructor(path: PathMatch, criteria: readonly Criterion[]) {
    this.path = path
    this.#criteria = criteria
  }

  /** Everything but the path. */
  restMatches(request: RequestView, runtime: Runtime): boolean {
    for (let i = 0; i < this.#criteria.length; i++) {
      if (!this.#criteria[i]!(request, runtime)) return false
    }
    return true
  }

  matches(request: RequestView, runtime: Runtime): boolean {
    return this.path.matches(request) && this.restMatches(request, runtime)
  }
}

/** `ignoresParameters`: as the route table says. */
export function readRouteMatch(reader: Reader, ignoresParameters = false): RouteMatch {
  const path = readPathMatch(reader, ignoresParameters)
  const criteria: Criterion[] = []
  if (reader.has('runtime_fraction')) criteria.push(readRuntimeFraction(reader))
  for (const matches of reader.messages('headers', readHeaderMatcher)) criteria.push(onHeaders(matches))
  for (const matches of reader.messages('query_parameters', readQueryParameterMatcher)) {
    criteria.push((request) => matches(request.query))
  }
  reader.message('grpc', () => criteria.push(isGrpc))
  reader.message('tls_context', (options) => criteria.push(readTlsContext(options)))
  for (const matches of reader.messages('dynamic_metadata', readMetadataMatcher)) {
    criteria.push(({ streamInfo }) => matches(streamInfo.dynamicMetadata))
  }
  criteria.push(...reader.messages('filter_state', readFilterState))
  criteria.push(...reader.messages('cookies', readCookie))
  return new RouteMatch(path, criteria)
}

function onHeaders(matches: HeaderPredicate): Criterion {
  return (request) => matches(request.headers)
}

function isGrpc({ headers }: RequestView): boolean {
  return isGrpcRequest(headers)
}

/** An object that is not there, or has no text, matches nothing. */
function readFilterState(reader: Reader): Criterion {
  const key = reader.string('key')
  if (reader.oneof('matcher') === 'address_match') {
    const matches = reader.message('address_match', readAddressMatcher)
    return ({ streamInfo }) => {
      const text = streamInfo.filterState.get(key)?.serializeAsString()
      return text !== undefined && matches?.(withoutPort(text)) === true
    }
  }
  const matches = reader.message('string_match', readStringMatcher)
  return ({ streamInfo }) => {
    const text = streamInfo.filterState.get(key)?.serializeAsString()
    return text !== undefined && matches?.(text) === true
  }
}

/** Without TLS a certificate is neither presented nor validated. */
function readTlsContext(reader: Reader): Criterion {
  const presented = reader.optionalBool('presented')
  const validated = reader.optionalBool('validated')
  return ({ streamInfo }) => {
    const { ssl } = streamInfo
    if (presented !== undefined && (ssl?.peerCertificatePresented ?? false) !== presented) return false
    return validated === undefined || (ssl?.peerCertificateValidated ?? false) === validated
  }
}

function readCookie(reader: Reader): Criterion {
  const name = toWireText(reader.string('name'))
  const matches = reader.message('string_match', readStringMatcher)
  const invert = reader.bool('invert_match', false)
  return ({ headers }) => {
    const value = cookieValue(headers, name)
    return (value !== undefined && matches?.(value) === true) !== invert
  }
}

function readRuntimeFraction(reader: Reader): Criterion {
  let key = ''
  let fallback: FractionalPercent = { numerator: 0, denominator: 100 }
  reader.message('runtime_fraction', (fraction) => {
    key = fraction.string('runtime_key')
    fallback = fraction.message('default_value', readFractionalPercent) ?? fallback
  })
  return (request, runtime) => runtime.current.fractionEnabled(key, fallback, request.random)
}
