/** What streams have added to gauges and have to take away again, at their end if not before. */
import type { Gauge } from '../../../api/stats.ts'
import type { StreamInfo } from '../../../api/stream-info.ts'

export class PairedGauges {
  readonly #held = new WeakMap<StreamInfo, Map<Gauge, number>>()

  add(stream: StreamInfo, gauge: Gauge, value: number): void {
    let held = this.#held.get(stream)
    if (held === undefined) this.#held.set(stream, (held = new Map()))
    held.set(gauge, (held.get(gauge) ?? 0) + value)
    gauge.add(value)
  }

  /** False: the stream has added nothing to it. */
  subtract(stream: StreamInfo, gauge: Gauge, value: number): boolean {
    const held = this.#held.get(stream)
    const added = held?.get(gauge)
    if (held === undefined || added === undefined) return false
    const taken = Math.min(value, added)
    gauge.sub(taken)
    if (taken === added) held.delete(gauge)
    else held.set(gauge, added - taken)
    return true
  }

  /** The stream is over. */
  end(stream: StreamInfo): void {
    const held = this.#held.get(stream)
    if (held === undefined) return
    for (const [gauge, value] of held) gauge.sub(value)
    this.#held.delete(stream)
  }
}
