/** One connection of a connection manager, with the terminal filter and the routes of the test. */
import type { FormatterContext } from '../../api/access-log.ts'
import type { FactoryContext } from '../../api/extension.ts'
import type { RequestHeaders, Trailers } from '../../api/headers.ts'
import type { DecoderCallbacks, DecoderFilter, HttpFilterFactory } from '../../api/http.ts'
import type { Route } from '../../api/route.ts'
import { DEFAULT_HTTP1_SERVER_SETTINGS } from '../../codec/http1/settings.ts'
import { NO_OVERLOAD } from '../../base/no-overload.ts'
import { createSharedStatesBuffer, ThreadSharedStates } from '../../base/shared-states.ts'
import { SimulatedDispatcher } from '../../event/simulated-dispatcher.ts'
import { createConnectionManager } from '../connection-manager.ts'
import type { ConnectionManagerConfig, HttpFilterConfig } from '../connection-manager-config.ts'
import type { ConnectionManagerSettings } from '../connection-manager-settings.ts'
import { DEFAULT_SETTINGS } from '../connection-manager-settings.ts'
import { CountingScope } from './counting-scope.ts'
import { FakeConnection } from './fake-connection.ts'

/** A terminal filter that leaves the answer to the test. */
export class TerminalFilter implements DecoderFilter {
  readonly keepsNoBody = true
  callbacks!: DecoderCallbacks
  /** Undefined until the request got here. */
  headers!: RequestHeaders
  trailers: Trailers | undefined = undefined
  body = ''
  /** How often data came. */
  pieces = 0
  complete = false
  destroyed = false

  setDecoderCallbacks(callbacks: DecoderCallbacks): void {
    this.callbacks = callbacks
  }

  decodeHeaders(headers: RequestHeaders, end: boolean): 'stop-iteration' {
    this.headers = headers
    this.complete = end
    return 'stop-iteration'
  }

  decodeData(data: Parameters<DecoderFilter['decodeData']>[0], end: boolean): 'stop-no-buffer' {
    this.pieces++
    this.body += Buffer.from(data.linearize()).latin1Slice()
    data.clear()
    this.complete = end
    return 'stop-no-buffer'
  }

  decodeTrailers(trailers: Trailers): 'stop' {
    this.trailers = trailers
    this.complete = true
    return 'stop'
  }

  onDestroy(): void {
    this.destroyed = true
  }
}

export interface HarnessOptions {
  readonly settings?: Partial<ConnectionManagerSettings>
  readonly config?: Partial<ConnectionManagerConfig>
  /** In front of the terminal filter. */
  readonly filters?: readonly (HttpFilterFactory | HttpFilterConfig)[]
  readonly route?: Route
  readonly peer?: string
  /** In place of what the filters would get. */
  readonly context?: Partial<FactoryContext>
}

export interface LoggedStream {
  readonly method: string
  readonly path: string
  readonly code: number
  readonly flags: string
  readonly details: string
  readonly type: string
}

export class ManagerHarness {
  readonly dispatcher = new SimulatedDispatcher()
  readonly connection: FakeConnection
  /** What the filters of this connection are created with, but for the scope of the connection manager. */
  readonly context: FactoryContext
  readonly scope = new CountingScope()
  readonly streams: TerminalFilter[] = []
  readonly logged: LoggedStream[] = []
  readonly drain = { drainClose: false, rawDrainClose: false }

  constructor(options: HarnessOptions = {}) {
    this.connection = new FakeConnection(this.dispatcher, options.peer)
    const { filters = [], route } = options
    const config: ConnectionManagerConfig = {
      statPrefix: 'in',
      settings: { ...DEFAULT_SETTINGS, ...options.settings },
      codecType: 'AUTO',
      codec: DEFAULT_HTTP1_SERVER_SETTINGS,
      filters: [...filters, (chain: Parameters<HttpFilterFactory>[0]) => this.#addTerminal(chain)].map((filter, i) =>
        typeof filter === 'function' ? { name: `filter-${i}`, disabled: false, create: () => filter } : filter,
      ),
      upgrades: [],
      localReply: undefined,
      createRoutes: () => ({ current: { name: 'r', route: () => route } }),
      createAccessLogs: () => [{ log: (context) => this.#log(context) }],
      ...options.config,
    }
    this.context = { ...this.#context(), ...options.context }
    createConnectionManager(
      config,
      this.context,
    )({
      connection: this.connection,
      callbacks: { connection: this.connection, continueReading: () => undefined },
      addReadFilter: (filter) => this.connection.use(filter),
      addWriteFilter: () => undefined,
    })
  }

  /** The newest stream. */
  get stream(): TerminalFilter {
    return this.streams.at(-1)!
  }

  stat(name: string): number {
    return this.scope.valueOf(`http.in.${name}`) ?? Number.NaN
  }

  /** Sends and returns what comes back at once. */
  exchange(text: string): string {
    this.connection.receive(text)
    return this.connection.take()
  }

  #addTerminal(chain: Parameters<HttpFilterFactory>[0]): void {
    const filter = new TerminalFilter()
    this.streams.push(filter)
    chain.addDecoderFilter(filter)
  }

  #log(context: FormatterContext): void {
    const { streamInfo: info, request } = context
    this.logged.push({
      method: request?.method ?? '-',
      path: request?.path ?? '-',
      code: info.responseCode,
      flags: info.flags.join(',') || '-',
      details: info.responseCodeDetails ?? '-',
      type: context.logType,
    })
  }

  #context(): FactoryContext {
    const logger = { component: 'http', level: 'off', enabled: () => false, warning: () => undefined }
    return {
      dispatcher: this.dispatcher,
      scope: this.scope,
      httpScope: this.scope,
      listenerScope: this.scope.scope('listener.l.'),
      clusters: { get: () => undefined },
      runtime: {
        current: {
          featureEnabled: (_key: string, fallback: number, value: number) => value % 100 < fallback,
          fractionEnabled: () => true,
          integer: (_key: string, fallback: number) => fallback,
        },
      },
      random: { u32: () => 5, float: () => 0.5, uuid: () => '11111111-2222-4333-8444-555555555555' },
      accessLogFiles: { open: () => ({ error: 'none' }) },
      localInfo: {
        nodeId: 'node-1',
        clusterName: 'clus-1',
        zone: '',
        region: '',
        subZone: '',
        localAddress: '192.0.2.2',
        nodeMetadata: {},
        buildVersion: '',
      },
      drain: this.drain,
      health: { failed: false },
      overload: NO_OVERLOAD,
      shared: new ThreadSharedStates(createSharedStatesBuffer(0, 1024)),
      logger: () => logger,
      routeConfig: () => undefined,
      listenerDirection: 'UNSPECIFIED',
    } as unknown as FactoryContext
  }
}
