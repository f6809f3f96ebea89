import type { StatRun } from '../stat-run.ts'
import type { Tag } from '../tags/tag.ts'
import type { TagProducer } from '../tags/tag-producer.ts'

export interface MetricName {
  /** Name without tags; metrics are ordered by it. */
  readonly base: string
  /** `envoy_cluster_upstream_rq_total`. */
  readonly metric: string
}

/** How a stat appears to Prometheus. */
export interface PrometheusName {
  readonly name: MetricName
  /** `a="1",b="2"`, or empty. */
  readonly labels: string
}

/** What the names of all clusters have in common that end alike. */
interface Shape {
  readonly name: MetricName
  /** What is before and behind the cluster's name in the labels. */
  readonly before: string
  readonly after: string
}

const CLUSTER = 'cluster.'
/** Stands for the name of a cluster, and in no such name. */
const PLACE = '\u0001'
/** Of clusters with dots in their names each has its own. */
const MOST_SHAPES = 4096

/**
 * Names by stat. There are some fifty ways to find a tag in a name, and there may be a million names. Those of clusters
 * differ from each other in the cluster's name alone, as a rule, and are worked out once for all of them; others once for each.
 */
export class PrometheusNames {
  /** Labels of what has no stat name: those of tags that are fixed. */
  readonly fixedLabels: string
  readonly #tags: TagProducer
  readonly #names = new WeakMap<object, Map<string, PrometheusName>>()
  readonly #shapes = new Map<string, Shape | undefined>()
  readonly #metrics = new Map<string, MetricName>()
  readonly #hasShapes: boolean
  /** The prefix of the cluster before, its name in labels, and the labels of one shape. */
  #prefix = ''
  #cluster: string | undefined = undefined
  #before = ''
  #after = ''
  #labels = ''

  constructor(tags: TagProducer) {
    this.#tags = tags
    this.fixedLabels = labelList(tags.fixed)
    this.#hasShapes = !tags.isConfiguredFor('cluster')
  }

  of(run: Pick<StatRun<unknown>, 'prefix' | 'owner'>, suffix: string): PrometheusName {
    if (run.prefix !== this.#prefix) this.#onPrefix(run.prefix)
    const tags = this.#tags
    if (this.#cluster !== undefined && !(tags.hasGiven && tags.isGiven(run.prefix + suffix))) {
      const shape = this.#shapeOf(suffix)
      if (shape !== undefined) return { name: shape.name, labels: this.#labelsOf(shape, this.#cluster) }
    }
    let own = this.#names.get(run.owner)
    if (own === undefined) this.#names.set(run.owner, (own = new Map()))
    let name = own.get(suffix)
    if (name === undefined) own.set(suffix, (name = this.#make(run.prefix + suffix)))
    return name
  }

  #onPrefix(prefix: string): void {
    this.#prefix = prefix
    this.#before = ''
    this.#after = ''
    this.#cluster = undefined
    if (!this.#hasShapes || !prefix.startsWith(CLUSTER) || prefix.length <= CLUSTER.length) return
    const name = prefix.slice(CLUSTER.length, -1)
    if (!this.#tags.looksFor(name)) this.#cluster = escaped(name)
  }

  /** Those of one cluster are the same string. */
  #labelsOf({ before, after }: Shape, cluster: string): string {
    if (before !== this.#before || after !== this.#after) {
      this.#before = before
      this.#after = after
      this.#labels = before + cluster + after
    }
    return this.#labels
  }

  /** Undefined: its name is worked out by itself. */
  #shapeOf(suffix: string): Shape | undefined {
    const known = this.#shapes.get(suffix)
    if (known !== undefined || this.#shapes.size >= MOST_SHAPES || this.#shapes.has(suffix)) return known
    const { name, labels } = this.#make(`${CLUSTER}${PLACE}.${suffix}`)
    const [before, after, more] = labels.split(PLACE)
    const isShape = before !== undefined && after !== undefined && more === undefined && !name.base.includes(PLACE)
    const shape = isShape ? { name, before, after } : undefined
    this.#shapes.set(suffix, shape)
    return shape
  }

  #make(stat: string): PrometheusName {
    const { base, tags } = this.#tags.produce(stat)
    return { name: this.#metricOf(base), labels: labelList(tags) }
  }

  #metricOf(base: string): MetricName {
    let metric = this.#metrics.get(base)
    if (metric === undefined) this.#metrics.set(base, (metric = { base, metric: metricName(base) }))
    return metric
  }
}

/** `a="1",b="2"`, or empty. */
export function labelList(tags: readonly Tag[]): string {
  return tags.map(({ name, value }) => `${sanitized(name)}="${escaped(value)}"`).join()
}

export function metricName(base: string): string {
  return `envoy_${sanitized(base)}`
}

function sanitized(name: string): string {
  return name.replace(/[^A-Za-z0-9_]/g, '_')
}

/** Text format 0.0.4: backslash, line feed and quote are escaped in label values. */
export function escaped(value: string): string {
  return value.replace(/[\\\n"]/g, (c) => (c === '\n' ? '\\n' : `\\${c}`))
}
