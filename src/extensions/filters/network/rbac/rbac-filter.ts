/** Decides about a connection when its first bytes come (or whenever some come): lets it be or closes it. */
import type { ByteQueue } from '../../../../api/bytes.ts'
import type { Timer } from '../../../../api/event.ts'
import type {
  Connection,
  ConnectionCallbacks,
  ConnectionEvent,
  ConnectionInfo,
  FilterStatus,
  ReadFilter,
} from '../../../../api/network.ts'
import type { StreamInfo } from '../../../../api/stream-info.ts'
import { denialDetails } from '../../common/rbac/denial-details.ts'
import type { RbacStats } from '../../common/rbac/rbac-stats.ts'
import type { RbacSubject } from '../../common/rbac/rbac-subject.ts'
import type { NetworkRbacConfig } from './config.ts'

const NAME = 'envoy.filters.network.rbac'

export class NetworkRbacFilter implements ReadFilter, RbacSubject, ConnectionCallbacks {
  readonly #config: NetworkRbacConfig
  readonly #stats: RbacStats
  readonly #socket: Connection
  readonly request = undefined
  #verdict: 'none' | 'allowed' | 'denied' = 'none'
  #delay: Timer | undefined = undefined

  constructor(config: NetworkRbacConfig, stats: RbacStats, socket: Connection) {
    this.#config = config
    this.#stats = stats
    this.#socket = socket
  }

  get streamInfo(): StreamInfo {
    return this.#socket.streamInfo
  }

  get connection(): ConnectionInfo {
    return this.#socket.info
  }

  get keepsNoData(): boolean {
    return true
  }

  onNewConnection(): FilterStatus {
    return 'continue'
  }

  onData(data: ByteQueue): FilterStatus {
    if (this.#verdict === 'denied') return 'stop'
    if (this.#verdict === 'none' || this.#config.continuous) {
      this.#askShadowRules()
      this.#verdict = this.#askRules()
      if (this.#verdict === 'denied') this.#refuse(data.length)
    }
    return this.#verdict === 'denied' ? 'stop' : 'continue'
  }

  onEvent(event: ConnectionEvent): void {
    if (event !== 'connected') this.#delay?.disable()
  }

  onAboveHighWatermark(): void {}
  onBelowLowWatermark(): void {}

  #askShadowRules(): void {
    const { shadowRules, shadowRulesStatPrefix } = this.#config
    if (shadowRules === undefined) return
    const { allowed, policy } = shadowRules.decide(this)
    const counter = allowed ? this.#stats.shadowAllowed : this.#stats.shadowDenied
    counter.inc()
    const result = { [`${shadowRulesStatPrefix}shadow_engine_result`]: allowed ? 'allowed' : 'denied' }
    const known = policy === '' ? result : { [`${shadowRulesStatPrefix}shadow_effective_policy_id`]: policy, ...result }
    this.streamInfo.setDynamicMetadata(NAME, known)
  }

  #askRules(): 'allowed' | 'denied' {
    const { rules } = this.#config
    if (rules === undefined) return 'allowed'
    const { allowed, policy, log } = rules.decide(this)
    if (log !== undefined) this.streamInfo.setDynamicMetadata('envoy.common', { access_log_hint: log })
    const counter = allowed ? this.#stats.allowed : this.#stats.denied
    counter.inc()
    if (allowed) return 'allowed'
    this.streamInfo.connectionTerminationDetails = denialDetails(policy)
    return 'denied'
  }

  /** Nobody else will count what was received. */
  #refuse(receivedBytes: number): void {
    this.#socket.countStreamBytes(receivedBytes, 0)
    if (this.#config.delayDenyMs <= 0) return this.#close()
    this.#delay = this.#socket.dispatcher.timer(() => this.#close())
    this.#delay.enable(this.#config.delayDenyMs)
    this.#socket.addCallbacks(this)
  }

  #close(): void {
    this.#socket.close('no-flush', 'rbac_deny_close')
  }
}
