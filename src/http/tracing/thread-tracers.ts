/** The tracers of a thread. Connection managers with the same provider share one, and what it has not sent yet. */
import type { Tracer } from '../../api/tracing.ts'

export class ThreadTracers {
  readonly #tracers = new Map<string, Tracer>()

  /** `key`: the configuration of the provider. */
  get(key: string, create: () => Tracer): Tracer {
    const known = this.#tracers.get(key)
    if (known !== undefined) return known
    const tracer = create()
    this.#tracers.set(key, tracer)
    return tracer
  }
}
