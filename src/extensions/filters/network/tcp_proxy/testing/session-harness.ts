/** One session of a TCP proxy between two connections that the test holds. */
import type { FormatterContext } from '../../../../../api/access-log.ts'
import type { FactoryContext } from '../../../../../api/extension.ts'
import type { ReadFilter } from '../../../../../api/network.ts'
import type { StreamInfo } from '../../../../../api/stream-info.ts'
import type {
  Cancellable,
  ClusterInfo,
  Host,
  PoolFailure,
  TcpPoolCallbacks,
  ThreadCluster,
} from '../../../../../api/upstream.ts'
import { NO_OVERLOAD } from '../../../../../base/no-overload.ts'
import { SimulatedDispatcher } from '../../../../../event/simulated-dispatcher.ts'
import { parseIpAddress } from '../../../../../network/address.ts'
import { failedUpstream } from '../../../../../router/failed-upstream.ts'
import { MergedStats } from '../../../../../stats/merged-stats.ts'
import { StatsStore } from '../../../../../stats/stats-store.ts'
import type { TcpProxyConfig } from '../config.ts'
import { createTcpProxy } from '../tcp-proxy.ts'
import { FakeSocket } from './fake-socket.ts'

export interface SessionOptions {
  readonly config?: Partial<TcpProxyConfig>
  /** Before the session begins. */
  readonly prepare?: (harness: SessionHarness) => void
}

/** Of a proxy of whose fields only the two that must be there are. */
export const DEFAULT_CONFIG: TcpProxyConfig = {
  statPrefix: 'p',
  clusters: { kind: 'one', route: { clusterName: 'app', metadataMatch: undefined } },
  hash: undefined,
  connectMode: { when: 'IMMEDIATE', maxEarlyDataBytes: undefined },
  tunneling: undefined,
  proxyTlvs: undefined,
  idleTimeoutMs: 3_600_000,
  maxConnectAttempts: 1,
  backOff: undefined,
  maxDurationMs: 0,
  maxDurationJitterPercent: 0,
  checkDrainClose: false,
  accessLogs: [],
  accessLog: { flushIntervalMs: 0, flushOnConnected: false, flushOnStart: false },
}

export class SessionHarness implements Cancellable {
  readonly dispatcher = new SimulatedDispatcher()
  readonly #store = new StatsStore()
  readonly #stats = new MergedStats(this.#store)
  readonly downstream = new FakeSocket(1, this.dispatcher)
  readonly upstream = new FakeSocket(2, this.dispatcher)
  /** `<type> <flags> <bytes received>/<bytes sent>`. */
  readonly logged: string[] = []
  readonly requested: string[] = []
  readonly drain = { drainClose: false, rawDrainClose: false }
  /** Load shed points that refuse. */
  shedding: readonly string[] = []
  random = 0
  connectionsLeft = true
  healthy = true
  cancelled = false
  pending: TcpPoolCallbacks | undefined = undefined
  readonly host: Host = { address: parseIpAddress('10.0.0.9', 9), clusterName: 'app' } as Host
  readonly #filter: ReadFilter

  constructor({ config = {}, prepare }: SessionOptions = {}) {
    prepare?.(this)
    let filter: ReadFilter | undefined
    const logger = { extension: { create: () => ({ log: (c: FormatterContext) => this.#note(c) }) } }
    const accessLogs = [{ logger, filter: undefined }] as unknown as TcpProxyConfig['accessLogs']
    createTcpProxy(
      { ...DEFAULT_CONFIG, accessLogs, ...config },
      this.#context(),
    )({
      connection: this.downstream,
      callbacks: { connection: this.downstream, continueReading: () => undefined },
      addReadFilter: (added) => {
        filter = added
        this.downstream.addReadFilter(added)
      },
      addWriteFilter: () => undefined,
    })
    this.#filter = filter!
    this.#filter.onNewConnection()
  }

  get info(): StreamInfo {
    return this.downstream.streamInfo
  }

  stat(name: string): number {
    return this.#stats.counter(name)?.value ?? this.#stats.gauge(name)?.value ?? Number.NaN
  }

  cancel(): void {
    this.cancelled = true
  }

  connect(): this {
    const callbacks = this.#takePending()
    callbacks.onPoolReady(this.upstream, failedUpstream(this.host, ''))
    return this
  }

  fail(reason: PoolFailure = 'remote-connection-failure', text = 'delayed connect error: Connection refused'): void {
    this.#takePending().onPoolFailure(reason, text, this.host)
  }

  #takePending(): TcpPoolCallbacks {
    const callbacks = this.pending
    if (callbacks === undefined) throw new Error('no attempt is under way')
    this.pending = undefined
    return callbacks
  }

  #note({ logType, streamInfo }: FormatterContext): void {
    const { flags, bytesReceived, bytesSent } = streamInfo
    this.logged.push(`${logType} ${flags.join() || '-'} ${bytesReceived}/${bytesSent}`)
  }

  #context(): FactoryContext {
    const random = { u32: () => 0, float: () => this.random, uuid: () => 'uuid' }
    const clusters = {
      get: (name: string) => {
        this.requested.push(name)
        return name === 'app' ? this.#cluster() : undefined
      },
    }
    const { dispatcher, drain } = this
    const overload = {
      ...NO_OVERLOAD,
      loadShedPoint: (name: string) => ({ shouldShed: () => this.shedding.includes(name) }),
    }
    const context: Partial<FactoryContext> = { dispatcher, scope: this.#store.root, drain, random, clusters, overload }
    // Nothing else is asked for.
    return context as FactoryContext
  }

  #cluster(): ThreadCluster {
    const scope = this.#store.root.scope('cluster').scope('app')
    const info = {
      name: 'app',
      scope,
      stats: { counter: (name: string) => scope.counter(name) },
      resources: () => ({ connections: { canCreate: () => this.connectionsLeft } }),
    } as unknown as ClusterInfo
    return {
      info,
      membership: { total: 1, healthy: 1 },
      chooseHost: () =>
        this.healthy ? { kind: 'host', host: this.host } : { kind: 'none', flag: 'UH', detail: 'no_healthy_upstream' },
      httpPool: () => {
        throw new Error('not for HTTP')
      },
      tcpPool: () => ({
        newConnection: (callbacks) => {
          this.pending = callbacks
          return this
        },
      }),
    }
  }
}
