/**
 * The tracers of a thread. Connection managers with the same provider share one, and what it has not sent yet. Once none has it
 * any more, a tracer ends with the next collection of garbage.
 */
import type { Tracer } from '../../api/tracing.ts'

interface Ended {
  readonly key: string
  readonly end: () => void
}

export class ThreadTracers {
  readonly #tracers = new Map<string, WeakRef<Tracer>>()
  readonly #unused = new FinalizationRegistry<Ended>(({ key, end }) => {
    if (this.#tracers.get(key)?.deref() === undefined) this.#tracers.delete(key)
    end()
  })

  /** `key`: the configuration of the provider. */
  get(key: string, create: () => Tracer): Tracer {
    const known = this.#tracers.get(key)?.deref()
    if (known !== undefined) return known
    const tracer = create()
    this.#tracers.set(key, new WeakRef(tracer))
    this.#unused.register(tracer, { key, end: tracer.end })
    return tracer
  }
}
