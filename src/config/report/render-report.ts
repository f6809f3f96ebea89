/* A report in the form that was asked for. */
import type { FindingFormat } from '../../api/options.ts'
import type { Findings, ReportSettings } from './findings.ts'
import { githubReport } from './github-report.ts'
import { humanReport } from './human-report.ts'
import { jsonReport } from './json-report.ts'
import { sarifReport } from './sarif-report.ts'

/** The human form goes to stderr, the others to stdout; the caller decides. May be empty. */
export function renderReport(format: FindingFormat, findings: Findings, settings: ReportSettings): string {
  switch (format) {
    case 'human':
      return humanReport(findings, settings)
    case 'json':
      return jsonReport(findings)
    case 'sarif':
      return sarifReport(findings)
    case 'github':
      return githubReport(findings)
  }
}
