/** HTTP clients of one thread, one for each cluster that misses go to. */
import type { AsyncClient } from '../../../../api/async-client.ts'
import type { FactoryContext } from '../../../../api/extension.ts'
import { detachedStreamInfo } from '../../../../network/detached-stream-info.ts'
import { AsyncHttpClient } from '../../../../router/async-client/async-http-client.ts'

/** Clusters come and go; their clients are made again when they are wanted. */
const KEEP_AT_MOST = 256

export class CacheClients {
  readonly #context: FactoryContext
  readonly #clients = new Map<string, AsyncClient>()

  constructor(context: FactoryContext) {
    this.#context = context
  }

  /** Undefined when this thread does not have the cluster. */
  of(clusterName: string): AsyncClient | undefined {
    if (this.#context.clusters.get(clusterName) === undefined) return undefined
    const known = this.#clients.get(clusterName)
    if (known !== undefined) return known
    if (this.#clients.size >= KEEP_AT_MOST) this.#clients.clear()
    const client = new AsyncHttpClient(clusterName, { ...this.#context, newStreamInfo: detachedStreamInfo })
    this.#clients.set(clusterName, client)
    return client
  }
}
