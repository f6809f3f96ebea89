/**
 * Retries in flight, limited by a number or to a share of all requests (Thresholds.RetryBudget). The runtime may say either
 * part of a budget, also where the cluster has none.
 */
import type { Runtime, RuntimeSnapshot } from '../../api/runtime.ts'
import type { Resource } from '../../api/upstream.ts'
import type { RetryBudget } from '../config/circuit-breakers.ts'
import { DEFAULT_RETRY_BUDGET } from '../config/circuit-breakers.ts'
import type { SharedResource } from './shared-resource.ts'

export interface BudgetedRetriesDeps {
  readonly runtime: Runtime
  /** `circuit_breakers.<cluster>.<priority>.retry_budget.` */
  readonly runtimePrefix: string
  readonly retries: SharedResource
  readonly requests: Resource
  readonly pendingRequests: Resource
  readonly budget: RetryBudget | undefined
}

export class BudgetedRetries implements Resource {
  readonly #deps: BudgetedRetriesDeps
  #snapshot: RuntimeSnapshot | undefined = undefined
  #budget: RetryBudget | undefined = undefined

  constructor(deps: BudgetedRetriesDeps) {
    this.#deps = deps
  }

  get max(): number {
    const { retries, requests, pendingRequests } = this.#deps
    const budget = this.#currentBudget()
    if (budget === undefined) return retries.max
    retries.showNothingRemaining()
    const share = Math.floor(((requests.count + pendingRequests.count) * budget.budgetPercent) / 100)
    return Math.max(share, budget.minRetryConcurrency)
  }

  get count(): number {
    return this.#deps.retries.count
  }

  canCreate(): boolean {
    return this.count < this.max
  }

  inc(): void {
    this.#deps.retries.inc()
    if (this.#currentBudget() !== undefined) this.#deps.retries.showNothingRemaining()
  }

  dec(): void {
    this.#deps.retries.dec()
    if (this.#currentBudget() !== undefined) this.#deps.retries.showNothingRemaining()
  }

  #currentBudget(): RetryBudget | undefined {
    const snapshot = this.#deps.runtime.current
    if (snapshot === this.#snapshot) return this.#budget
    this.#snapshot = snapshot
    return (this.#budget = this.#readBudget(snapshot))
  }

  #readBudget(snapshot: RuntimeSnapshot): RetryBudget | undefined {
    const { budget, runtimePrefix } = this.#deps
    const percentKey = `${runtimePrefix}budget_percent`
    const minKey = `${runtimePrefix}min_retry_concurrency`
    if (budget === undefined && snapshot.get(percentKey) === undefined && snapshot.get(minKey) === undefined) {
      return undefined
    }
    const { budgetPercent, minRetryConcurrency } = budget ?? DEFAULT_RETRY_BUDGET
    return {
      budgetPercent: snapshot.double(percentKey, budgetPercent),
      minRetryConcurrency: snapshot.integer(minKey, minRetryConcurrency),
    }
  }
}
