/* The checks that take seconds: format, lint with types, types, architecture. All run at once; all are reported. */
import { runChecks } from './gate/checks.ts'

const failed = (await runChecks()).filter((check) => !check.ok)
process.exit(failed.length === 0 ? 0 : 1)
