/** Matchers of the filter and of routes on one thread, each given what it uses of the thread before its first request. */
import type { FactoryContext } from '../../../../api/extension.ts'
import type { MatchTree } from '../../../../config/matchers/tree/match-tree.ts'
import type { CustomResponseConfig, ResponsePolicy } from './config.ts'
import { RedirectedRequests } from './redirected-requests.ts'

export class BoundTrees {
  /** Undefined while no policy redirects. */
  redirected: RedirectedRequests | undefined = undefined
  readonly #context: Pick<FactoryContext, 'runtime' | 'scope' | 'httpScope'>
  readonly #bound = new WeakSet<CustomResponseConfig>()

  constructor(context: Pick<FactoryContext, 'runtime' | 'scope' | 'httpScope'>) {
    this.#context = context
  }

  of(config: CustomResponseConfig): MatchTree<ResponsePolicy> | undefined {
    if (!this.#bound.has(config)) {
      this.#bound.add(config)
      config.matcher?.bind(this.#context)
      if (config.hasRedirects) this.redirected ??= new RedirectedRequests(this.#context.httpScope)
    }
    return config.matcher
  }
}
