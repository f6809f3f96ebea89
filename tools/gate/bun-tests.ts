/* Runs `bun test` over one folder and counts what it did from its JUnit report, which a crash cannot fake. */
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Counts } from './counts.ts'

const root = new URL('../..', import.meta.url).pathname

/** The output goes straight to the terminal. A run that is not over after `limitMs` is ended and counts as failed. */
export async function runBunTests(folder: string, limitMs: number): Promise<Counts> {
  const scratch = mkdtempSync(join(tmpdir(), 'nuncio-gate-'))
  const report = join(scratch, 'junit.xml')
  const child = Bun.spawn(
    [
      process.execPath,
      'test',
      '--timeout',
      '30000',
      `./${folder}/`,
      '--only-failures',
      '--reporter=junit',
      `--reporter-outfile=${report}`,
    ],
    { cwd: root, stdin: 'ignore', stdout: 'inherit', stderr: 'inherit', env: { ...process.env, NO_COLOR: '1' } },
  )
  const limit = setTimeout(() => child.kill('SIGKILL'), limitMs)
  const status = await child.exited
  clearTimeout(limit)
  const counts = existsSync(report) ? readReport(readFileSync(report, 'utf8')) : undefined
  rmSync(scratch, { recursive: true })
  if (counts === undefined) {
    console.log(`FAILED bun test ${folder}: it ended with ${child.signalCode ?? status} and left no report`)
    return { passed: 0, failed: 1, skipped: 0 }
  }
  // A file that does not load fails the run without failing a test.
  return status !== 0 && counts.failed === 0 ? { ...counts, failed: 1 } : counts
}

export function readReport(xml: string): Counts | undefined {
  const head = /<testsuites\b[^>]*>/.exec(xml)?.[0]
  if (head === undefined) return undefined
  const number = (name: string) => Number(new RegExp(`\\s${name}="(\\d+)"`).exec(head)?.[1] ?? 0)
  const failed = number('failures') + number('errors')
  const skipped = number('skipped')
  return { passed: number('tests') - failed - skipped, failed, skipped }
}
