/** envoy.extensions.filters.http.csrf.v3.CsrfPolicy, parsed; the same message for the filter and for routes. */
import type { Reader } from '../../../../api/config.ts'
import type { StringPredicate } from '../../../../config/matchers/string-matcher.ts'
import { readStringMatcher } from '../../../../config/matchers/string-matcher.ts'
import { readRuntimeFraction } from '../../../../router/runtime-fraction.ts'

type Fraction = ReturnType<typeof readRuntimeFraction>

export interface CsrfPolicy {
  readonly enabled: Fraction
  readonly shadowEnabled: Fraction
  /** Besides the origin that the request goes to. */
  readonly additionalOrigins: readonly StringPredicate[]
}

export function parseCsrfPolicy(reader: Reader): CsrfPolicy {
  return {
    enabled: reader.message('filter_enabled', readRuntimeFraction) ?? (() => false),
    shadowEnabled: reader.message('shadow_enabled', readRuntimeFraction) ?? (() => false),
    additionalOrigins: reader.messages('additional_origins', readStringMatcher),
  }
}
