/** Takes a host's reports of load, on the thread that got them, and leaves the weight where all threads find it. */
import type { LoadReportSink } from '../../api/upstream.ts'
import type { SharedCounters } from '../../stats/shared-counters.ts'
import type { OrcaWeighting } from '../config/policies/policy.ts'
import { ORCA } from '../shared-layout.ts'
import { readLoadReport } from './orca-load-report.ts'
import { NEVER, stampOf } from './orca-time.ts'
import { orcaWeight } from './orca-weight.ts'

export class OrcaReceiver implements LoadReportSink {
  readonly #weighting: OrcaWeighting
  readonly #counters: SharedCounters
  readonly #wallNow: () => number

  constructor(weighting: OrcaWeighting, counters: SharedCounters, wallNow: () => number) {
    this.#weighting = weighting
    this.#counters = counters
    this.#wallNow = wallNow
  }

  take(fields: { getAll(name: string): readonly string[] }): boolean {
    const report = readLoadReport(fields)
    if (report === undefined) return false
    const weight = orcaWeight(report, this.#weighting)
    if (weight !== undefined) this.#keep(weight)
    return true
  }

  #keep(weight: number): void {
    const counters = this.#counters
    const now = stampOf(this.#wallNow())
    counters.set(ORCA.weight, weight | 0)
    counters.set(ORCA.updated, now)
    if (counters.get(ORCA.since) === NEVER) counters.set(ORCA.since, now)
  }
}
