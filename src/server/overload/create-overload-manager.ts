/** The overload manager's place in the process. */
import type { ClusterView } from '../../api/upstream.ts'
import type { LayeredRuntime } from '../../runtime/layered-runtime.ts'
import type { LocalInfo } from '../../api/extension.ts'
import type { Thread } from '../thread.ts'
import type { Order } from '../workers/worker-handle.ts'
import type { OverloadConfig } from './overload-config.ts'
import { OverloadManager } from './overload-manager.ts'

export interface OverloadParts {
  readonly thread: Thread
  readonly runtime: LayeredRuntime
  readonly localInfo: LocalInfo
  readonly health: { readonly failed: boolean }
  /** One word: open downstream connections of all workers. */
  readonly connections: SharedArrayBuffer
  broadcast(order: Order): Promise<void>
}

export function createOverloadManager(config: OverloadConfig, parts: OverloadParts): OverloadManager {
  const { thread, runtime, localInfo, health, connections } = parts
  return new OverloadManager(config, {
    dispatcher: thread.dispatcher,
    scope: thread.stats.root,
    logger: thread.log.logger('main'),
    context: thread.factoryContext({ clusters: NO_CLUSTERS, runtime, localInfo, health }),
    connections,
    publish: (states) => void parts.broadcast({ kind: 'overload.set', states: JSON.stringify(states) }),
    shrinkHeap: () => {
      Bun.gc(true)
      void parts.broadcast({ kind: 'heap.shrink' })
    },
  })
}

/** Monitors have nothing to do with clusters, and none are there yet. */
const NO_CLUSTERS: ClusterView = { get: () => undefined }
