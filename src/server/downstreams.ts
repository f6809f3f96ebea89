/** Composes what downstreams need on the main thread: the listener manager and the discovery of its listeners. */
import type { Options } from '../api/options.ts'
import type { InitManager } from '../base/init-manager.ts'
import { LdsApi } from '../listener/lds-api.ts'
import type { BindFailure } from '../listener/listener-component-factory.ts'
import { ListenerManager } from '../listener/listener-manager.ts'
import { ProdListenerComponentFactory } from '../listener/prod-listener-component-factory.ts'
import type { SharedCounterAllocator } from '../stats/shared-counters.ts'
import type { DynamicResources } from './dynamic-resources.ts'
import type { Thread } from './thread.ts'
import type { ProdWorkerFactory } from './workers/prod-worker-factory.ts'

export interface DownstreamsDeps {
  readonly options: Options
  readonly thread: Thread
  readonly workerFactory: ProdWorkerFactory
  readonly shared: SharedCounterAllocator
  readonly dynamic: DynamicResources
  readonly initManager: InitManager
  /** A descriptor that another process has listened at; undefined: the address is to be bound. */
  inheritSocket(address: string, workerIndex: number): number | BindFailure | undefined
  /** Of what is gone, on this thread. */
  forgetStats(prefix: string): void
}

export class Downstreams {
  readonly listenerManager: ListenerManager
  readonly lds: LdsApi

  constructor(deps: DownstreamsDeps) {
    const { options, thread, workerFactory, shared, dynamic, initManager } = deps
    const { dispatcher, log } = thread
    const scope = thread.stats.root
    this.listenerManager = new ListenerManager({
      componentFactory: new ProdListenerComponentFactory((address, index) => deps.inheritSocket(address, index)),
      workerFactory,
      concurrency: options.concurrency,
      dispatcher,
      scope,
      logger: log.logger('config'),
      connectionLogger: log.logger('connection'),
      shared,
      discoveries: dynamic.discoveries,
      initManager,
      drainTimeMs: options.drainTimeMs,
      forgetStats: (prefix) => deps.forgetStats(prefix),
    })
    this.lds = new LdsApi({
      manager: this.listenerManager,
      subscriptions: dynamic.subscriptions,
      scope,
      logger: log.logger('upstream'),
      wallNow: () => dispatcher.wallNow,
      parse: (message) => dynamic.parseListener(message),
    })
  }

  close(): void {
    this.lds.close()
  }
}
