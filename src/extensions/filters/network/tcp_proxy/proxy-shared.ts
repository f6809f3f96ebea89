/** What all sessions of one configuration share on one thread. */
import type { AccessLogger } from '../../../../api/access-log.ts'
import type { FactoryContext } from '../../../../api/extension.ts'
import { createAccessLoggers } from '../../../../formatter/access-log/access-log-config.ts'
import type { TcpProxyConfig } from './config.ts'
import type { TcpProxyStats } from './stats.ts'
import { createTcpProxyStats } from './stats.ts'

export class ProxyShared {
  readonly config: TcpProxyConfig
  readonly context: FactoryContext
  readonly stats: TcpProxyStats
  readonly loggers: readonly AccessLogger[]

  constructor(config: TcpProxyConfig, context: FactoryContext) {
    this.config = config
    this.context = context
    this.stats = createTcpProxyStats(context.scope.scope(`tcp.${config.statPrefix}`))
    this.loggers = createAccessLoggers(config.accessLogs, context)
  }

  /** One throw of the dice for each use of a connection. */
  get drainsNow(): boolean {
    return this.config.checkDrainClose && this.context.drain.rawDrainClose
  }
}
