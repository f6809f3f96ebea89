/** `stats_sinks` of the bootstrap, on the main thread and on each worker. */
import type { Message, Reader } from '../api/config.ts'
import type { ExtensionConfig, FactoryContext, ParseContext } from '../api/extension.ts'
import type { MetricSnapshot, StatsSink } from '../api/stats-sink.ts'
import { readStringMatcherOfAnySize } from '../config/matchers/string-matcher.ts'
import { trustedReader } from '../config/reader/trusted-reader.ts'
import type { HostNumber } from '../stats/render/host-number.ts'
import type { MergedCounter } from '../stats/merged-counter.ts'
import type { MergedStats } from '../stats/merged-stats.ts'
import type { StatsConfig } from '../stats/stats-config.ts'
import { defaultStatsConfig, parseStatsConfig } from '../stats/stats-config.ts'
import type { StatsStore } from '../stats/stats-store.ts'
import { SunkHosts } from '../stats/sunk-hosts.ts'
import { SunkNames } from '../stats/sunk-names.ts'
import type { Tag } from '../stats/tags/tag.ts'

const SINK_TYPE = 'envoy.config.metrics.v3.StatsSink'
const STATS_CONFIG_TYPE = 'envoy.config.metrics.v3.StatsConfig'

export type StatsSinkConfig = ExtensionConfig<'envoy.stats_sinks'>

/** How a worker gets them: as messages, and with what says how stats are called. */
export interface StatsSinkSettings {
  readonly sinks: readonly Message[]
  readonly statsConfig: Message | undefined
  readonly commandLineTags: readonly Tag[]
}

/** Undefined when there are none. `bootstrap` is its message. */
export function statsSinkSettings(bootstrap: Message, commandLineTags: readonly Tag[]): StatsSinkSettings | undefined {
  const { stats_sinks: sinks, stats_config: statsConfig } = bootstrap as {
    stats_sinks?: readonly Message[]
    stats_config?: Message
  }
  return sinks === undefined || sinks.length === 0 ? undefined : { sinks, statsConfig, commandLineTags }
}

export function readStatsSinks(reader: Reader, context: ParseContext): readonly StatsSinkConfig[] {
  return reader
    .messages('stats_sinks', (sink) => context.namedExtension(sink, 'envoy.stats_sinks'))
    .filter((sink) => sink !== undefined)
}

/** On a worker: what its histograms record goes to sinks of its own. */
export function createWorkerSinks(
  settings: StatsSinkSettings | undefined,
  stats: StatsStore,
  parse: ParseContext,
  context: FactoryContext,
): StatsSinks | undefined {
  if (settings === undefined) return undefined
  const { commandLineTags } = settings
  const config =
    settings.statsConfig === undefined
      ? defaultStatsConfig(commandLineTags)
      : parseStatsConfig(trustedReader(STATS_CONFIG_TYPE, settings.statsConfig), {
          readStringMatcher: readStringMatcherOfAnySize,
          commandLineTags,
        })
  const sinks = settings.sinks.map((sink) => parse.namedExtension(trustedReader(SINK_TYPE, sink), 'envoy.stats_sinks')!)
  return new StatsSinks(sinks, stats, config, context)
}

export class StatsSinks {
  readonly #sinks: readonly StatsSink[]
  readonly #names: SunkNames
  readonly #hosts: SunkHosts
  /** What each counter stood at when it was flushed last. */
  readonly #flushed = new WeakMap<MergedCounter, number>()

  constructor(
    configs: readonly StatsSinkConfig[],
    stats: StatsStore,
    { tags, accepts }: StatsConfig,
    context: FactoryContext,
  ) {
    this.#sinks = configs.map(({ extension, config }) => extension.create(config, context))
    this.#names = new SunkNames(tags)
    this.#hosts = new SunkHosts(tags.fixed)
    const listeners = this.#sinks.filter((sink) => sink.histogramValue !== undefined)
    if (listeners.length === 0) return
    stats.onGivenTags = (name, given) => tags.give(name, given)
    stats.observeHistograms((name, unit, value) => {
      if (!accepts(name)) return
      for (const sink of listeners) sink.histogramValue!(this.#names.get(name), unit, value)
    })
  }

  get isEmpty(): boolean {
    return this.#sinks.length === 0
  }

  /** On the main thread; `hosts`: what they count beside the stats. */
  flush(stats: MergedStats, hosts: readonly HostNumber[]): void {
    const snapshot: MetricSnapshot = {
      counters: stats
        .counters()
        .filter(({ used }) => used)
        .map((counter) => ({ name: this.#names.get(counter.name), delta: this.#growth(counter) }))
        .concat(this.#hosts.counters(hosts)),
      gauges: stats
        .gauges()
        .filter(({ used }) => used)
        .map(({ name, value }) => ({ name: this.#names.get(name), value }))
        .concat(this.#hosts.gauges(hosts)),
    }
    for (const sink of this.#sinks) sink.flush(snapshot)
  }

  /** What is below a prefix (with its dot) is gone. */
  forget(prefix: string): void {
    this.#names.forget(prefix)
  }

  close(): void {
    for (const sink of this.#sinks) sink.close()
  }

  #growth(counter: MergedCounter): number {
    const { total } = counter
    const growth = total - (this.#flushed.get(counter) ?? 0)
    this.#flushed.set(counter, total)
    return growth
  }
}
