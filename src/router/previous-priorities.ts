/**
 * envoy.retry_priorities.previous_priorities: every so many attempts the priorities that were tried are left out, as long
 * as there is another one with hosts to serve.
 */
import type { Reader } from '../api/config.ts'
import type { Host, RetryPriority } from '../api/upstream.ts'

const PREVIOUS_PRIORITIES = 'envoy.extensions.retry.priority.previous_priorities.v3.PreviousPrioritiesConfig'

/** `retry_priority`: the number of attempts between updates; undefined without. */
export function readRetryPriority(reader: Reader): number | undefined {
  return reader.message('retry_priority', (priority) => {
    const name = priority.string('name')
    const any = priority.any('typed_config')
    if (any?.typeName === PREVIOUS_PRIORITIES) return any.reader.number('update_frequency', 1)
    any?.reader.keep()
    priority.unsupported(any === undefined ? undefined : 'typed_config', `${name} (${any?.typeName ?? ''})`)
    return undefined
  })
}

export class PreviousPriorities implements RetryPriority {
  readonly #updateFrequency: number
  /** Since the last choice. */
  #hosts: Host[] = []
  /** Of all attempts since the last time that none was left. */
  #attempted: number[] = []
  readonly #excluded = new Set<number>()

  constructor(updateFrequency: number) {
    this.#updateFrequency = updateFrequency
  }

  onHostAttempted(host: Host): void {
    this.#hosts.push(host)
  }

  excluded(
    priorityOf: (host: Host) => number | undefined,
    isAvailableWithout: (excluded: ReadonlySet<number>) => boolean,
  ): ReadonlySet<number> | undefined {
    for (const host of this.#hosts) {
      const priority = priorityOf(host)
      if (priority !== undefined) this.#attempted.push(priority)
    }
    this.#hosts = []
    if (this.#attempted.length < this.#updateFrequency) return undefined
    if (this.#attempted.length % this.#updateFrequency === 0) this.#update(isAvailableWithout)
    return this.#excluded.size === 0 ? undefined : this.#excluded
  }

  #update(isAvailableWithout: (excluded: ReadonlySet<number>) => boolean): void {
    for (const priority of this.#attempted) this.#excluded.add(priority)
    if (isAvailableWithout(this.#excluded)) return
    // All were tried: begin anew.
    this.#excluded.clear()
    this.#attempted = []
  }
}
