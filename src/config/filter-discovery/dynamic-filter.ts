/**
 * A filter in one place of one thread whose configuration comes from elsewhere (Envoy's DynamicFilterConfigProvider): what
 * it makes follows what came, at once and for whatever begins from then on.
 */
import type { FilterConfigProvider, FilterConfigWatcher, FilterKind } from '../../api/discovery.ts'
import type { ExtensionConfig, ExtensionProducts, FactoryContext } from '../../api/extension.ts'
import type { FilterCategory } from './filter-categories.ts'
import type { FilterDiscoveryConfig } from './filter-discovery-config.ts'
import { filterMisfit } from './filter-misfit.ts'

export class DynamicFilter<F extends FilterKind> implements FilterConfigWatcher {
  /** Undefined: nothing has come, and there is no default. */
  product: ExtensionProducts[FilterCategory<F>] | undefined = undefined
  readonly #config: FilterDiscoveryConfig<F>
  readonly #context: FactoryContext
  readonly #provider: FilterConfigProvider
  /** What the product was made of. */
  #made: ExtensionConfig<FilterCategory<F>> | undefined = undefined

  constructor(config: FilterDiscoveryConfig<F>, context: FactoryContext) {
    this.#config = config
    this.#context = context
    this.#provider = context.filterConfigs(config.key)
    this.#provider.watch(this)
    this.onFilterConfig()
  }

  onFilterConfig(): void {
    const filter = this.#chosen()
    if (filter === this.#made) return
    this.#made = filter
    this.product = filter?.extension.create(filter.config, this.#context)
  }

  /** What came may be for other places only. */
  #chosen(): ExtensionConfig<FilterCategory<F>> | undefined {
    const { current } = this.#provider
    const fits = current !== undefined && filterMisfit(this.#config, current) === undefined
    // The kind of filter is part of the key, so what is found under it is of that kind.
    return fits ? (current.filter as ExtensionConfig<FilterCategory<F>>) : this.#config.defaultFilter
  }
}
