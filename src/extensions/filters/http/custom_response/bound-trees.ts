/** Matchers of the filter and of routes on one thread, each given what it uses of the thread before its first request. */
import type { FactoryContext } from '../../../../api/extension.ts'
import type { MatchTree } from '../../../../config/matchers/tree/match-tree.ts'
import type { CustomResponseConfig, ResponsePolicy } from './config.ts'
import type { RedirectCounts } from './redirected-requests.ts'
import { createRedirectCounts, RedirectedRequests } from './redirected-requests.ts'

export class BoundTrees {
  /** Undefined while no policy redirects. */
  redirected: RedirectedRequests | undefined = undefined
  /** Those of routes count at the root, as in Envoy. */
  readonly #counts = new WeakMap<CustomResponseConfig, RedirectCounts>()
  readonly #context: Pick<FactoryContext, 'runtime' | 'scope' | 'httpScope'>
  readonly #bound = new WeakSet<CustomResponseConfig>()

  constructor(context: Pick<FactoryContext, 'runtime' | 'scope' | 'httpScope'>) {
    this.#context = context
  }

  of(config: CustomResponseConfig, from: 'filter' | 'route'): MatchTree<ResponsePolicy> | undefined {
    if (!this.#bound.has(config)) {
      this.#bound.add(config)
      config.matcher?.bind(this.#context)
      if (config.hasRedirects) {
        this.redirected ??= new RedirectedRequests()
        const scope = from === 'filter' ? this.#context.httpScope : this.#context.scope
        this.#counts.set(config, createRedirectCounts(scope))
      }
    }
    return config.matcher
  }

  /** Of a configuration that redirects, and was bound. */
  countsOf(config: CustomResponseConfig): RedirectCounts {
    return this.#counts.get(config)!
  }
}
