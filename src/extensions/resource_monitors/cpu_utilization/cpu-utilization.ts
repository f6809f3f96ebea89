import type { ResourceUsage } from '../../../api/overload.ts'
import type { CpuTimes } from './cpu-times.ts'

/** The newest reading counts for so much: one busy interval is no overload. */
const DAMPENING = 0.05

/** Utilisation between readings, smoothed as Envoy does. */
export class CpuUtilization {
  #previous: CpuTimes | undefined
  #utilization = 0

  constructor(first: CpuTimes | undefined) {
    this.#previous = first
  }

  update(times: CpuTimes | undefined): ResourceUsage {
    if (times === undefined) return { ok: false, error: "Can't open file to read CPU utilization" }
    const before = this.#previous ?? times
    const work = times.work - before.work
    const total = times.total - before.total
    if (work < 0 || total <= 0) {
      const problem = `Work_over_period='${work}' cannot be a negative number and total_over_period='${total}' must be a positive number.`
      return { ok: false, error: `Erroneous CPU stats calculation. ${problem}` }
    }
    this.#previous = times
    this.#utilization = (work / total) * DAMPENING + this.#utilization * (1 - DAMPENING)
    return { ok: true, pressure: Math.min(1, this.#utilization) }
  }
}
