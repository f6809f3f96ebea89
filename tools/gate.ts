/*
 * `npm test`: the whole gate. The checks first, then every test of src/ and test/ (unit, integration, conformance,
 * differential, fuzz). All of it runs even when something failed; the last line counts it all.
 */
import { runBunTests } from './gate/bun-tests.ts'
import { runChecks } from './gate/checks.ts'
import type { Counts } from './gate/counts.ts'
import { addCounts, closingLine } from './gate/counts.ts'

/** For each folder. Together with the checks this stays below the quarter of an hour that the gate may take. */
const LIMIT_MS = 7 * 60_000

const suites: Counts[] = []
// The architecture test is one of test/, so it is not asked for twice.
for (const { ok } of await runChecks({ except: 'architecture' })) {
  suites.push({ passed: ok ? 1 : 0, failed: ok ? 0 : 1, skipped: 0 })
}
for (const folder of ['src', 'test']) suites.push(await runBunTests(folder, LIMIT_MS))

const total = addCounts(suites)
console.log(closingLine(total))
process.exit(total.failed === 0 && total.passed > 0 ? 0 : 1)
