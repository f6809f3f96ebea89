/**
 * Which origins may use a route: envoy.extensions.filters.http.cors.v3.CorsPolicy, and the older
 * envoy.config.route.v3.CorsPolicy of routes and virtual hosts, which has the same fields.
 */
import type { Reader } from '../api/config.ts'
import type { CorsPolicy } from '../api/route.ts'
import { toWireText } from '../base/wire-text.ts'
import { readStringMatcher } from '../config/matchers/string-matcher.ts'
import { readRuntimeFraction } from './runtime-fraction.ts'

export function readCorsPolicy(reader: Reader): CorsPolicy {
  const origins = reader.messages('allow_origin_string_match', readStringMatcher)
  // A matcher of the text `*` means any origin.
  const allowsAll = origins.some((matches) => matches('*'))
  const allowsOrigin = allowsAll ? () => true : (origin: string) => origins.some((matches) => matches(origin))
  return {
    allowsOrigin: origins.length === 0 ? undefined : allowsOrigin,
    allowMethods: toWireText(reader.string('allow_methods')),
    allowHeaders: toWireText(reader.string('allow_headers')),
    exposeHeaders: toWireText(reader.string('expose_headers')),
    maxAge: toWireText(reader.string('max_age')),
    allowCredentials: reader.optionalBool('allow_credentials'),
    allowPrivateNetworkAccess: reader.optionalBool('allow_private_network_access'),
    forwardNotMatchingPreflights: reader.optionalBool('forward_not_matching_preflights'),
    enabled: reader.message('filter_enabled', readRuntimeFraction) ?? (() => true),
    shadowEnabled: reader.message('shadow_enabled', readRuntimeFraction) ?? (() => false),
  }
}
