/** The sub clusters of a dynamic forward proxy cluster as filters of one thread ask for them. */
import type { SubClusterLoad, SubClusters, SubClusterWaiter } from '../../api/upstream.ts'
import { subClusterName, subClusterTarget } from './sub-cluster-name.ts'

export interface ThreadSubClustersDeps {
  /** Whether the cluster is there; from now on it counts as used. */
  touch(name: string): boolean
  /** The main thread is to make it. */
  ask(host: string, port: number): void
}

/** Left empty once it is cancelled. */
interface Waiting {
  waiter: SubClusterWaiter | undefined
}

export class ThreadSubClusters implements SubClusters {
  readonly #deps: ThreadSubClustersDeps
  readonly #waiting = new Map<string, Waiting[]>()

  constructor(deps: ThreadSubClustersDeps) {
    this.#deps = deps
  }

  load(authority: string, defaultPort: number, waiter: SubClusterWaiter): SubClusterLoad {
    // Whatever comes of it, there is no host to be chosen.
    if (authority === '') return THERE
    const { host, port } = subClusterTarget(authority, defaultPort)
    const name = subClusterName(host, port)
    if (this.#deps.touch(name)) return THERE
    const one: Waiting = { waiter }
    const waiting = this.#waiting.get(name)
    if (waiting === undefined) this.#waiting.set(name, [one])
    else waiting.push(one)
    // Each time: it may have been taken away while somebody waits.
    this.#deps.ask(host, port)
    return { kind: 'loading', cancel: () => (one.waiter = undefined) }
  }

  /** It came, or there are too many. */
  settle(name: string, isThere: boolean): void {
    const waiting = this.#waiting.get(name)
    if (waiting === undefined) return
    this.#waiting.delete(name)
    for (const one of waiting) {
      const { waiter } = one
      one.waiter = undefined
      waiter?.onSubCluster(isThere)
    }
  }
}

const THERE: SubClusterLoad = { kind: 'there' }
