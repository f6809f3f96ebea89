/** envoy.extensions.filters.http.rbac.v3.RBAC and RBACPerRoute, parsed. */
import type { Reader } from '../../../../api/config.ts'
import type { RbacEngine } from '../../common/rbac/rbac-engine.ts'
import { readEngine } from '../../common/rbac/rbac-engine.ts'

export interface RbacConfig {
  /** Decides; undefined: everybody passes, and nothing is counted. */
  readonly rules: RbacEngine | undefined
  /** Is asked and counted, and decides nothing. */
  readonly shadowRules: RbacEngine | undefined
  readonly rulesStatPrefix: string
  readonly shadowRulesStatPrefix: string
  readonly countsPolicies: boolean
}

const NETWORK = 'envoy.extensions.matching.common_inputs.network.v3'

/** Inputs of the response, and some of the request, that a matcher may not look at. */
const REFUSED_INPUTS: ReadonlySet<string> = new Set([
  `${NETWORK}.SourceTypeInput`,
  ...[
    'HttpRequestTrailerMatchInput',
    'HttpResponseHeaderMatchInput',
    'HttpResponseTrailerMatchInput',
    'HttpRequestQueryParamMatchInput',
    'HttpResponseStatusCodeMatchInput',
    'HttpResponseStatusCodeClassMatchInput',
    'HttpResponseLocalReplyMatchInput',
  ].map((name) => `envoy.type.matcher.v3.${name}`),
])

const OPTIONS = {
  ofConnections: false,
  refusedInput: (type: string) =>
    REFUSED_INPUTS.has(type) ? `RBAC HTTP filter cannot match on 'type.googleapis.com/${type}'` : undefined,
}

export function parseRbac(reader: Reader): RbacConfig {
  return {
    rules: readEngine(reader, '', OPTIONS),
    shadowRules: readEngine(reader, 'shadow_', OPTIONS),
    rulesStatPrefix: reader.string('rules_stat_prefix'),
    shadowRulesStatPrefix: reader.string('shadow_rules_stat_prefix'),
    countsPolicies: reader.bool('track_per_rule_stats', false),
  }
}

const NO_RULES: RbacConfig = {
  rules: undefined,
  shadowRules: undefined,
  rulesStatPrefix: '',
  shadowRulesStatPrefix: '',
  countsPolicies: false,
}

/** Without `rbac` the route lets everybody pass. */
export function parseRbacPerRoute(reader: Reader): RbacConfig {
  return reader.message('rbac', parseRbac) ?? NO_RULES
}
