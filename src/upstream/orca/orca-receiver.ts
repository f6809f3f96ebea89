/** Takes a host's reports of load, on the thread that got them, and leaves what they say where all threads find it. */
import type { LoadReportSink } from '../../api/upstream.ts'
import type { SharedCounters } from '../../stats/shared-counters.ts'
import type { LbPolicy, LocalityLoad, OrcaWeighting } from '../config/policies/policy.ts'
import { LOAD, ORCA } from '../shared-layout.ts'
import { readLoadReport } from './orca-load-report.ts'
import type { OrcaLoadReport } from './orca-load-report.ts'
import { NEVER, stampOf } from './orca-time.ts'
import { orcaWeight, utilisationOf } from './orca-weight.ts'
import { orcaWeightingOf } from './orca-weights.ts'
import { storedUtilisation } from './told-utilisation.ts'

/** undefined: the policy does not care for reports. */
export function createOrcaReceiver(
  policy: LbPolicy,
  counters: SharedCounters,
  wallNow: () => number,
): OrcaReceiver | undefined {
  const weighting = orcaWeightingOf(policy)
  const load = policy.kind === 'load_aware_locality' ? policy.load : undefined
  if (weighting === undefined && load === undefined) return undefined
  return new OrcaReceiver({ weighting, load }, counters, wallNow)
}

/** What the policy wants to know of a host: its weight, how busy it is. */
interface Wanted {
  readonly weighting?: OrcaWeighting | undefined
  readonly load?: LocalityLoad | undefined
}

export class OrcaReceiver implements LoadReportSink {
  readonly #wanted: Wanted
  readonly #counters: SharedCounters
  readonly #wallNow: () => number

  constructor(wanted: Wanted, counters: SharedCounters, wallNow: () => number) {
    this.#wanted = wanted
    this.#counters = counters
    this.#wallNow = wallNow
  }

  take(fields: { getAll(name: string): readonly string[] }): boolean {
    const report = readLoadReport(fields)
    if (report === undefined) return false
    const { weighting, load } = this.#wanted
    if (weighting !== undefined) this.#keepWeight(report, weighting)
    if (load !== undefined) this.#keepUtilisation(report, load)
    return true
  }

  #keepWeight(report: OrcaLoadReport, weighting: OrcaWeighting): void {
    const weight = orcaWeight(report, weighting)
    if (weight === undefined) return
    const counters = this.#counters
    const now = stampOf(this.#wallNow())
    counters.set(ORCA.weight, weight | 0)
    counters.set(ORCA.updated, now)
    if (counters.get(ORCA.since) === NEVER) counters.set(ORCA.since, now)
  }

  #keepUtilisation(report: OrcaLoadReport, { metricNames }: LocalityLoad): void {
    const utilisation = utilisationOf(report, metricNames)
    if (!(utilisation > 0)) return
    this.#counters.set(LOAD.utilisation, storedUtilisation(utilisation))
    this.#counters.set(LOAD.updated, stampOf(this.#wallNow()))
  }
}
