/** From a report of load to a weight: requests a second, divided by how busy the host is with them. */
import type { OrcaWeighting } from '../config/policies/policy.ts'
import type { OrcaLoadReport } from './orca-load-report.ts'

const MOST = 2 ** 32 - 1

/** An unsigned 32-bit integer; undefined: the report does not tell. */
export function orcaWeight(report: OrcaLoadReport, weighting: OrcaWeighting): number | undefined {
  const requests = report.get('rps_fractional') ?? 0
  if (!(requests > 0)) return undefined
  const errors = (report.get('eps') ?? 0) / requests
  const utilisation = utilisationOf(report, weighting.metricNames) + weighting.errorPenalty * errors
  if (!(utilisation > 0)) return undefined
  return Math.min(MOST, Math.trunc(requests / utilisation))
}

/** The first of these that is above 0: what was asked for by name, of the application, of the processor. */
export function utilisationOf(report: OrcaLoadReport, names: readonly string[]): number {
  const named = names.length === 0 ? 0 : largest(report, names)
  if (named > 0) return named
  const ofApplication = report.get('application_utilization') ?? 0
  return ofApplication > 0 ? ofApplication : (report.get('cpu_utilization') ?? 0)
}

function largest(report: OrcaLoadReport, names: readonly string[]): number {
  let most = 0
  for (const name of names) {
    if (!name.endsWith('.*')) {
      most = Math.max(most, report.get(name) ?? 0)
      continue
    }
    const prefix = name.slice(0, -1)
    for (const [metric, value] of report) if (metric.startsWith(prefix)) most = Math.max(most, value)
  }
  return most
}
