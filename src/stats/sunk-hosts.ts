/** What hosts count (`per_endpoint_stats`), as sinks take it: whether it was used or not. */
import type { MetricSnapshot, SunkName } from '../api/stats-sink.ts'
import type { HostNumber } from './render/host-number.ts'
import type { Tag } from './tags/tag.ts'

export class SunkHosts {
  readonly #fixed: readonly Tag[]
  /** What each counter stood at when it was flushed last, of the hosts that there were. */
  #flushed: ReadonlyMap<string, number> = new Map()

  /** `fixed`: tags that are put on all. */
  constructor(fixed: readonly Tag[]) {
    this.#fixed = fixed
  }

  /** Begins anew for all of them. */
  counters(hosts: readonly HostNumber[]): MetricSnapshot['counters'] {
    const before = this.#flushed
    const counters = hosts.filter(({ type }) => type === 'Counters')
    this.#flushed = new Map(counters.map(({ name, value }) => [name, value]))
    return counters.map((each) => ({ name: this.#nameOf(each), delta: each.value - (before.get(each.name) ?? 0) }))
  }

  gauges(hosts: readonly HostNumber[]): MetricSnapshot['gauges'] {
    const gauges = hosts.filter(({ type }) => type === 'Gauges')
    return gauges.map((each) => ({ name: this.#nameOf(each), value: each.value }))
  }

  #nameOf({ name, base, tags }: HostNumber): SunkName {
    return { full: name, base, tags: [...this.#fixed, ...tags] }
  }
}
