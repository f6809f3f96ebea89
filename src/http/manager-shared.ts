/** What all connections of one connection manager share on a thread. */
import type { AccessLogger } from '../api/access-log.ts'
import type { FactoryContext } from '../api/extension.ts'
import type { HttpFilterEntry } from '../api/http.ts'
import type { LoadShedPoint } from '../api/overload.ts'
import type { RouteConfigProvider } from '../api/route.ts'
import type { HeadReaders } from '../codec/http1/head/head-readers.ts'
import type { RequestHeadReader } from '../codec/http1/head/request-head-reader.ts'
import { requestHeadReaders } from '../codec/http1/server-codec.ts'
import type { Http1ServerSettings } from '../codec/http1/settings.ts'
import { WorkInHand } from '../event/work-in-hand.ts'
import type { ConnectionManagerConfig, HttpFilterConfig } from './connection-manager-config.ts'
import type { ConnectionManagerSettings } from './connection-manager-settings.ts'
import type { ConnectionManagerStats } from './connection-manager-stats.ts'
import { createConnectionManagerStats } from './connection-manager-stats.ts'
import { LocalReplyRewriter } from './local-reply/local-reply-config.ts'
import { pathSettingsOfRuntime } from './path/path-settings-of-runtime.ts'
import { RequestMutator } from './request-headers/mutate-request-headers.ts'
import { HttpDate } from './response-headers/http-date.ts'
import { RequestTracing } from './tracing/request-tracing.ts'
import { FreeStreamTimers } from './stream-timers.ts'

/** An upgrade type that the connection manager knows. */
export interface UpgradeEntry {
  readonly enabled: boolean
  readonly filters: readonly HttpFilterEntry[]
}

export class ManagerShared {
  readonly context: FactoryContext
  readonly settings: ConnectionManagerSettings
  readonly detectsHttp2: boolean
  readonly codecSettings: Http1ServerSettings
  readonly headReaders: HeadReaders<RequestHeadReader>
  readonly stats: ConnectionManagerStats
  readonly routes: RouteConfigProvider
  readonly filters: readonly HttpFilterEntry[]
  readonly accessLogs: readonly AccessLogger[]
  readonly requestMutator: RequestMutator
  readonly date: HttpDate
  readonly streamTimers: FreeStreamTimers
  /** Of the thread: its streams. */
  readonly work: WorkInHand
  /** Where work is refused under overload; undefined where never. */
  readonly shedCodec: LoadShedPoint | undefined
  readonly shedDispatch: LoadShedPoint | undefined
  readonly shedRequest: LoadShedPoint | undefined
  readonly localReplies: LocalReplyRewriter | undefined
  /** What this proxy calls itself in Proxy-Status. */
  readonly proxyName: string
  /** Undefined: nothing is traced. */
  readonly tracing: RequestTracing | undefined
  readonly #upgrades: ReadonlyMap<string, UpgradeEntry>

  constructor(config: ConnectionManagerConfig, context: FactoryContext) {
    const path = pathSettingsOfRuntime(config.settings.path, context.runtime.current, context.random.u32())
    const settings = { ...config.settings, path }
    const scopeName = `http.${config.statPrefix}.`
    const httpScope = context.scope.scope(scopeName)
    const filterContext: FactoryContext = { ...context, httpScope }
    this.context = context
    this.settings = settings
    this.detectsHttp2 = config.codecType === 'AUTO'
    this.codecSettings = withCounters(config, context)
    this.headReaders = requestHeadReaders(this.codecSettings)
    this.stats = createConnectionManagerStats(httpScope, context.listenerScope.scope(scopeName), {
      traceable: config.traceable ?? true,
      recordsRouteResolution: settings.recordsRouteResolution ?? false,
    })
    this.routes = config.createRoutes(context)
    settings.clientCertMatcher?.bind({ runtime: context.runtime, scope: context.scope })
    this.filters = createFilters(config.filters, filterContext)
    this.#upgrades = new Map(
      config.upgrades.map(({ type, enabled, filters }) => [
        type,
        { enabled, filters: filters === undefined ? this.filters : createFilters(filters, filterContext) },
      ]),
    )
    this.accessLogs = config.createAccessLogs(context)
    this.requestMutator = new RequestMutator({
      settings,
      localInfo: context.localInfo,
      random: context.random,
      routes: this.routes,
      earlyMutators: config.createEarlyMutators?.(context) ?? [],
      detectors: config.createDetectors?.(context) ?? [],
    })
    this.date = context.dispatcher.local(HttpDate)
    this.work = context.dispatcher.local(WorkInHand)
    this.streamTimers = new FreeStreamTimers(context.dispatcher, context.overload)
    this.shedCodec = context.overload.loadShedPoint('hcm_ondata_creating_codec')
    this.shedDispatch = context.overload.loadShedPoint('http1_server_abort_dispatch')
    this.shedRequest = context.overload.loadShedPoint('http_connection_manager_decode_headers')
    const { tracing, requestId } = settings
    this.tracing = tracing && new RequestTracing(tracing, requestId, context, this.stats.tracing)
    this.proxyName = proxyName(settings, context)
    this.localReplies = config.localReply && new LocalReplyRewriter(config.localReply, context)
  }

  /** The filters for this upgrade, or undefined when it is refused. `routeSays` is the route's own word, if it has one. */
  upgradeFilters(type: string, routeSays: boolean | undefined): readonly HttpFilterEntry[] | undefined {
    if (routeSays === false) return undefined
    const entry = this.#upgrades.get(type.toLowerCase())
    if (routeSays !== true && entry?.enabled !== true) return undefined
    return entry?.filters ?? this.filters
  }
}

function proxyName({ proxyStatus, serverName }: ConnectionManagerSettings, { localInfo }: FactoryContext): string {
  const name = proxyStatus?.name ?? ''
  if (typeof name === 'string') return name
  return name.of === 'node' ? localInfo.nodeId : serverName
}

function createFilters(configs: readonly HttpFilterConfig[], context: FactoryContext): HttpFilterEntry[] {
  return configs.map((filter) => ({
    name: filter.name,
    disabled: filter.disabled,
    factory: filter.create(context),
    place: context.dispatcher.place(`http filter ${filter.name}`),
  }))
}

/** http1.* belongs to the whole process. */
function withCounters(config: ConnectionManagerConfig, context: FactoryContext): Http1ServerSettings {
  const scope = context.scope.scope('http1.')
  const rejected = scope.counter('requests_rejected_with_underscores_in_headers')
  const dropped = scope.counter('dropped_headers_with_underscores')
  // Counted by nobody here: HTTP/1 has no METADATA, and responses wait for their requests.
  scope.counter('metadata_not_supported_error')
  scope.counter('response_flood')
  const { useRemoteAddress, xffNumTrustedHops } = config.settings.clientAddress
  return {
    ...config.codec,
    // There is no TLS yet; with it, a connection that has it may.
    allowHttpsUrl: !useRemoteAddress || xffNumTrustedHops > 0,
    onUnderscoreRejected: () => rejected.inc(),
    onUnderscoreDropped: () => dropped.inc(),
  }
}
