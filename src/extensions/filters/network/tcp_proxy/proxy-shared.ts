/** What all sessions of one configuration share on one thread. */
import type { AccessLogger } from '../../../../api/access-log.ts'
import type { FactoryContext } from '../../../../api/extension.ts'
import type { LoadShedPoint } from '../../../../api/overload.ts'
import type { StreamInfo } from '../../../../api/stream-info.ts'
import { createAccessLoggers } from '../../../../formatter/access-log/access-log-config.ts'
import { createRouterStats } from '../../../../router/router-stats.ts'
import type { TcpProxyConfig } from './config.ts'
import type { TcpProxyStats } from './stats.ts'
import { createTcpProxyStats } from './stats.ts'
import type { TunnelingConfig } from './tunneling/config.ts'

/** Left by earlier filters of a connection. */
const DISABLE_TUNNELING = 'envoy.tcp_proxy.disable_tunneling'

export class ProxyShared {
  readonly config: TcpProxyConfig
  readonly context: FactoryContext
  readonly stats: TcpProxyStats
  readonly loggers: readonly AccessLogger[]
  /** Where sessions end under overload; undefined where never. */
  readonly shedData: LoadShedPoint | undefined
  readonly shedConnect: LoadShedPoint | undefined

  constructor(config: TcpProxyConfig, context: FactoryContext) {
    this.config = config
    this.context = context
    const scope = context.scope.scope(`tcp.${config.statPrefix}`)
    this.stats = createTcpProxyStats(scope)
    // As Envoy, which makes them for a router of its own and never counts there.
    if (config.tunneling !== undefined) createRouterStats(scope.scope('tcpproxy_tunneling'))
    this.loggers = createAccessLoggers(config.accessLogs, context)
    this.shedData = context.overload.loadShedPoint('tcp_proxy_on_data')
    this.shedConnect = context.overload.loadShedPoint('tcp_proxy_upstream_connect')
  }

  /** How the connection is carried by a request; undefined: it is not. */
  tunnelingOf({ filterState }: StreamInfo): TunnelingConfig | undefined {
    const { tunneling } = this.config
    if (tunneling === undefined || filterState.get(DISABLE_TUNNELING)?.serializeAsString() === 'true') return undefined
    return tunneling
  }

  /** One throw of the dice for each use of a connection. */
  get drainsNow(): boolean {
    return this.config.checkDrainClose && this.context.drain.rawDrainClose
  }
}
