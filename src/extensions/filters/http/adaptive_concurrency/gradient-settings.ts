/** What the gradient controller goes by: its configuration, and the runtime where that says otherwise. */
import type { Runtime } from '../../../../api/runtime.ts'
import type { GradientConfig } from './config.ts'

const KEY = 'adaptive_concurrency.gradient_controller.'

export class GradientSettings {
  readonly #config: GradientConfig
  readonly #runtime: Runtime

  constructor(config: GradientConfig, runtime: Runtime) {
    this.#config = config
    this.#runtime = runtime
  }

  /** Undefined: the best latency is measured. */
  get fixedMinRttUs(): number | undefined {
    return this.#config.fixedMinRttUs
  }

  /** 0–1. */
  get percentile(): number {
    return this.#share('sample_aggregate_percentile', this.#config.percentile)
  }

  get maxLimit(): number {
    return this.#integer('max_concurrency_limit', this.#config.maxLimit)
  }

  /** The runtime says nothing of it where the configuration does not. */
  get minLimit(): number {
    const { minLimit } = this.#config
    return minLimit === undefined ? this.concurrency : this.#integer('min_concurrency_limit', minLimit)
  }

  get updateIntervalMs(): number {
    return this.#integer('sample_rtt_calc_interval_ms', this.#config.updateIntervalMs)
  }

  get measuringIntervalMs(): number {
    return this.#integer('min_rtt_calc_interval_ms', this.#config.measuringIntervalMs)
  }

  /** 0–1. */
  get jitter(): number {
    return this.#share('jitter', this.#config.jitter)
  }

  get requestCount(): number {
    return this.#integer('min_rtt_aggregate_request_count', this.#config.requestCount)
  }

  get concurrency(): number {
    return this.#integer('min_concurrency', this.#config.concurrency)
  }

  /** 0–1. */
  get buffer(): number {
    return this.#share('min_rtt_buffer', this.#config.buffer)
  }

  #integer(name: string, configured: number): number {
    return this.#runtime.current.integer(KEY + name, configured)
  }

  #share(name: string, percent: number): number {
    return Math.max(0, Math.min(100, this.#runtime.current.double(KEY + name, percent))) / 100
  }
}
