/** Matchers of the filter and of routes on one thread, each given what it uses of the thread before its first request. */
import type { MatchTree, MatchTreeDeps } from '../../../../config/matchers/tree/match-tree.ts'
import type { CustomResponseConfig } from './config.ts'
import type { LocalResponsePolicy } from './local-response-policy.ts'

export class BoundTrees {
  readonly #deps: MatchTreeDeps
  readonly #bound = new WeakSet<CustomResponseConfig>()

  constructor(deps: MatchTreeDeps) {
    this.#deps = deps
  }

  of(config: CustomResponseConfig): MatchTree<LocalResponsePolicy> | undefined {
    if (!this.#bound.has(config)) {
      this.#bound.add(config)
      config.matcher?.bind(this.#deps)
    }
    return config.matcher
  }
}
