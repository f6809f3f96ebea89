/** The filters of one thread that came from elsewhere (ECDS). */
import type { DiscoveredFilter, FilterConfigProvider, FilterConfigWatcher } from '../../api/discovery.ts'

export class FilterConfigs {
  readonly #held = new Map<string, HeldFilter>()

  /** The same object for the same key while somebody asks for it, with or without a filter in it. */
  provider(key: string): FilterConfigProvider {
    return this.#at(key)
  }

  set(key: string, filter: DiscoveredFilter): void {
    this.#at(key).replace(filter)
  }

  /** Nobody asks for it any more. Who has it keeps it. */
  remove(key: string): void {
    this.#held.delete(key)
  }

  #at(key: string): HeldFilter {
    let held = this.#held.get(key)
    if (held === undefined) this.#held.set(key, (held = new HeldFilter()))
    return held
  }
}

class HeldFilter implements FilterConfigProvider {
  current: DiscoveredFilter | undefined = undefined
  /** Places of listeners that are gone are found to be so. */
  #watchers: readonly WeakRef<FilterConfigWatcher>[] = []

  watch(watcher: FilterConfigWatcher): void {
    this.#watchers = [...this.#watchers.filter((known) => known.deref() !== undefined), new WeakRef(watcher)]
  }

  replace(filter: DiscoveredFilter): void {
    this.current = filter
    for (const watcher of this.#watchers) watcher.deref()?.onFilterConfig()
  }
}
