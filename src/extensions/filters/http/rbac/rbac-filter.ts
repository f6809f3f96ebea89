/** Decides about a request by its head: lets it pass or answers 403. */
import type { RequestHeaders } from '../../../../api/headers.ts'
import type { HeadersStatus } from '../../../../api/http.ts'
import type { ConnectionInfo } from '../../../../api/network.ts'
import type { StreamInfo } from '../../../../api/stream-info.ts'
import { denialDetails } from '../../common/rbac/denial-details.ts'
import type { MatchTreeDeps } from '../../../../config/matchers/tree/match-tree.ts'
import type { RbacDecision } from '../../common/rbac/rbac-engine.ts'
import { bindEngines } from '../../common/rbac/rbac-engine.ts'
import type { RbacStats } from '../../common/rbac/rbac-stats.ts'
import type { RbacSubject } from '../../common/rbac/rbac-subject.ts'
import { PassThroughDecoderFilter } from '../common/pass-through-decoder-filter.ts'
import type { RbacConfig } from './config.ts'

const NAME = 'envoy.filters.http.rbac'
const FORBIDDEN = 403

/** The filter itself is what its rules look at, so that a request costs one object. */
export class RbacFilter extends PassThroughDecoderFilter implements RbacSubject {
  readonly #config: RbacConfig
  readonly #stats: RbacStats
  readonly #deps: MatchTreeDeps
  request: RequestHeaders | undefined = undefined

  constructor(config: RbacConfig, stats: RbacStats, deps: MatchTreeDeps) {
    super()
    this.#config = config
    this.#stats = stats
    this.#deps = deps
  }

  get streamInfo(): StreamInfo {
    return this.callbacks.streamInfo
  }

  get connection(): ConnectionInfo {
    return this.callbacks.connection?.info ?? this.callbacks.streamInfo.connection
  }

  decodeHeaders(headers: RequestHeaders): HeadersStatus {
    const config = this.#configOfRoute() ?? this.#config
    this.request = headers
    if (config.shadowRules !== undefined) this.#shadow(config, config.shadowRules.decide(this))
    if (config.rules === undefined) return 'continue'
    const decision = config.rules.decide(this)
    this.#enforced(config, decision)
    if (decision.allowed) return 'continue'
    this.callbacks.sendLocalReply({
      status: FORBIDDEN,
      body: 'RBAC: access denied',
      details: denialDetails(decision.policy),
    })
    return 'stop-iteration'
  }

  /** Nobody has told a route's own engines yet what they use of the thread. */
  #configOfRoute(): RbacConfig | undefined {
    const config = this.callbacks.perRouteConfig as RbacConfig | undefined
    if (config !== undefined) bindEngines([config.rules, config.shadowRules], this.#deps)
    return config
  }

  #shadow(config: RbacConfig, { allowed, policy }: RbacDecision): void {
    const counter = allowed ? this.#stats.shadowAllowed : this.#stats.shadowDenied
    counter.inc()
    if (config.countsPolicies && policy !== '') this.#stats.shadowPolicy(policy, allowed)
    this.#leave(`${config.shadowRulesStatPrefix || this.#config.shadowRulesStatPrefix}shadow_`, policy, allowed)
  }

  #enforced(config: RbacConfig, { allowed, policy, log }: RbacDecision): void {
    const counter = allowed ? this.#stats.allowed : this.#stats.denied
    counter.inc()
    if (config.countsPolicies && policy !== '') this.#stats.policy(policy, allowed)
    if (log !== undefined) this.streamInfo.setDynamicMetadata('envoy.common', { access_log_hint: log })
    // A route without a prefix of its own has the filter's.
    this.#leave(`${config.rulesStatPrefix || this.#config.rulesStatPrefix}enforced_`, policy, allowed)
  }

  #leave(prefix: string, policy: string, allowed: boolean): void {
    const result = { [`${prefix}engine_result`]: allowed ? 'allowed' : 'denied' }
    const known = policy === '' ? result : { [`${prefix}effective_policy_id`]: policy, ...result }
    this.streamInfo.setDynamicMetadata(NAME, known)
  }
}
