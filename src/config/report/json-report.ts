/* `--format json`: one object, findings in the order of their places. */
import type { ConfigError } from '../../api/config.ts'
import type { Findings } from './findings.ts'
import { byPlace } from './findings.ts'

export function jsonReport(findings: Findings): string {
  const report = {
    errors: findings.errors.length,
    warnings: findings.warnings.length,
    findings: byPlace(findings).map(flat),
  }
  return `${JSON.stringify(report, undefined, 2)}\n`
}

function flat({ place, related, ...finding }: ConfigError): object {
  return {
    ...finding,
    ...place,
    ...(related === undefined ? {} : { related: { label: related.label, ...related.place } }),
  }
}
