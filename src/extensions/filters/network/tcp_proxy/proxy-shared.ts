/** What all sessions of one configuration share on one thread. */
import type { AccessLogger } from '../../../../api/access-log.ts'
import type { FactoryContext } from '../../../../api/extension.ts'
import type { LoadShedPoint } from '../../../../api/overload.ts'
import { createAccessLoggers } from '../../../../formatter/access-log/access-log-config.ts'
import type { TcpProxyConfig } from './config.ts'
import type { TcpProxyStats } from './stats.ts'
import { createTcpProxyStats } from './stats.ts'

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
    this.stats = createTcpProxyStats(context.scope.scope(`tcp.${config.statPrefix}`))
    this.loggers = createAccessLoggers(config.accessLogs, context)
    this.shedData = context.overload.loadShedPoint('tcp_proxy_on_data')
    this.shedConnect = context.overload.loadShedPoint('tcp_proxy_upstream_connect')
  }

  /** One throw of the dice for each use of a connection. */
  get drainsNow(): boolean {
    return this.config.checkDrainClose && this.context.drain.rawDrainClose
  }
}
