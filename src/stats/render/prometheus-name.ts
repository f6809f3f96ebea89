import type { TagProducer } from '../tags/tag-producer.ts'

/** How a stat appears to Prometheus. */
export interface PrometheusName {
  /** Name without tags; metrics are ordered by it. */
  readonly base: string
  /** `envoy_cluster_upstream_rq_total`. */
  readonly metric: string
  /** `a="1",b="2"`, or empty. */
  readonly labels: string
}

/**
 * Names by stat, worked out once for each object: there are some fifty ways to find a tag in a name. There may be a million
 * of them, so what they have in common they share.
 */
export class PrometheusNames {
  readonly #tags: TagProducer
  readonly #names = new WeakMap<object, PrometheusName>()
  readonly #metrics = new Map<string, Pick<PrometheusName, 'base' | 'metric'>>()
  /** Of the stat before: those of one cluster come together. */
  #lastLabels = ''

  constructor(tags: TagProducer) {
    this.#tags = tags
  }

  of(stat: { readonly name: string }): PrometheusName {
    let name = this.#names.get(stat)
    if (name === undefined) this.#names.set(stat, (name = this.#make(stat.name)))
    return name
  }

  #make(stat: string): PrometheusName {
    const { base, tags } = this.#tags.produce(stat)
    const labels = tags.map(({ name, value }) => `${sanitized(name)}="${escaped(value)}"`).join()
    if (labels !== this.#lastLabels) this.#lastLabels = labels
    return { ...this.#metricOf(base), labels: this.#lastLabels }
  }

  #metricOf(base: string): Pick<PrometheusName, 'base' | 'metric'> {
    let metric = this.#metrics.get(base)
    if (metric === undefined) this.#metrics.set(base, (metric = { base, metric: `envoy_${sanitized(base)}` }))
    return metric
  }
}

function sanitized(name: string): string {
  return name.replace(/[^A-Za-z0-9_]/g, '_')
}

/** Text format 0.0.4: backslash, line feed and quote are escaped in label values. */
export function escaped(value: string): string {
  return value.replace(/[\\\n"]/g, (c) => (c === '\n' ? '\\n' : `\\${c}`))
}
