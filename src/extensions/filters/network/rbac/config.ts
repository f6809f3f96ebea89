/** envoy.extensions.filters.network.rbac.v3.RBAC, parsed. */
import type { Reader } from '../../../../api/config.ts'
import { isConnectionInput } from '../../../../config/matchers/tree/read-match-tree.ts'
import type { RbacEngine } from '../../common/rbac/rbac-engine.ts'
import { readEngine } from '../../common/rbac/rbac-engine.ts'

export interface NetworkRbacConfig {
  /** Decides; undefined: every connection passes, and nothing is counted. */
  readonly rules: RbacEngine | undefined
  /** Is asked and counted, and decides nothing. */
  readonly shadowRules: RbacEngine | undefined
  readonly statPrefix: string
  readonly shadowRulesStatPrefix: string
  /** Asks again whenever bytes come, and not only for the first ones. */
  readonly continuous: boolean
  /** ms that a refused connection is kept open, to slow its client down; 0: none. */
  readonly delayDenyMs: number
}

/** Every input of the connection but this one. */
const SOURCE_TYPE = 'envoy.extensions.matching.common_inputs.network.v3.SourceTypeInput'

const OPTIONS = {
  ofConnections: true,
  refusedInput: (type: string) =>
    isConnectionInput(type) && type !== SOURCE_TYPE
      ? undefined
      : `RBAC network filter cannot match 'type.googleapis.com/${type}'`,
}

export function parseNetworkRbac(reader: Reader): NetworkRbacConfig {
  const enforcement = reader.enumeration<'ONE_TIME_ON_FIRST_BYTE' | 'CONTINUOUS'>(
    'enforcement_type',
    'ONE_TIME_ON_FIRST_BYTE',
  )
  return {
    rules: readEngine(reader, '', OPTIONS),
    shadowRules: readEngine(reader, 'shadow_', OPTIONS),
    statPrefix: reader.string('stat_prefix'),
    shadowRulesStatPrefix: reader.string('shadow_rules_stat_prefix'),
    continuous: enforcement === 'CONTINUOUS',
    delayDenyMs: reader.durationMs('delay_deny', 0),
  }
}
