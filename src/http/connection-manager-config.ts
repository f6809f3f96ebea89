/** A connection manager as configured: what `createConnectionManager` builds from. Parsed, or written by hand. */
import type { AccessLogger } from '../api/access-log.ts'
import type { EarlyHeaderMutator, OriginalIpDetector } from '../api/early-request.ts'
import type { FactoryContext } from '../api/extension.ts'
import type { HttpFilterFactory } from '../api/http.ts'
import type { RouteConfigProvider } from '../api/route.ts'
import type { Http1ServerSettings } from '../codec/http1/settings.ts'
import type { ConnectionManagerSettings } from './connection-manager-settings.ts'
import type { LocalReplyConfig } from './local-reply/local-reply-config.ts'

/** The codec's settings but for the counters, which belong to a thread. */
export type CodecConfig = Omit<Http1ServerSettings, 'allowHttpsUrl' | 'onUnderscoreRejected' | 'onUnderscoreDropped'>

export interface ConnectionManagerConfig {
  readonly statPrefix: string
  readonly settings: ConnectionManagerSettings
  /** AUTO tells HTTP/2 by its preface. */
  readonly codecType: 'AUTO' | 'HTTP1'
  readonly codec: CodecConfig
  /** In order; the last one is terminal. */
  readonly filters: readonly HttpFilterConfig[]
  readonly upgrades: readonly UpgradeConfig[]
  readonly localReply: LocalReplyConfig | undefined
  /** False for the admin server, which has no statistics of tracing. Default true. */
  readonly traceable?: boolean
  /** The functions below are called once per thread. */
  createRoutes(context: FactoryContext): RouteConfigProvider
  createAccessLogs(context: FactoryContext): readonly AccessLogger[]
  createEarlyMutators?(context: FactoryContext): readonly EarlyHeaderMutator[]
  createDetectors?(context: FactoryContext): readonly OriginalIpDetector[]
}

/** One entry of http_filters. */
export interface HttpFilterConfig {
  readonly name: string
  /** Off unless a route enables it. */
  readonly disabled: boolean
  create(context: FactoryContext): HttpFilterFactory
}

/** One entry of upgrade_configs. */
export interface UpgradeConfig {
  /** Lower case. */
  readonly type: string
  readonly enabled: boolean
  /** Filters of its own; undefined: those of the connection manager. */
  readonly filters: readonly HttpFilterConfig[] | undefined
}
