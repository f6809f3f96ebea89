/* Format, lint, types and architecture, side by side. Each prints its output only when it fails. */
import { existsSync } from 'node:fs'

export interface CheckResult {
  readonly name: string
  readonly ok: boolean
}

const root = new URL('../..', import.meta.url).pathname
const bin = `${root}node_modules/.bin/`

/** Folders come and go while rooms are built; the tools refuse one that is not there. */
const folders = ['src', 'test', 'tools', 'examples', 'bench'].filter((folder) => existsSync(root + folder))

const CHECKS: readonly { readonly name: string; readonly mend: string; readonly command: readonly string[] }[] = [
  { name: 'format', mend: 'npm run format', command: [`${bin}oxfmt`, '--check', ...folders] },
  {
    name: 'lint',
    mend: 'rules: .oxlintrc.json',
    command: [`${bin}oxlint`, '--type-aware', '--deny-warnings', ...folders],
  },
  { name: 'types', mend: 'rules: tsconfig.json', command: [`${bin}tsc`, '-p', 'tsconfig.json', '--noEmit'] },
  {
    name: 'architecture',
    mend: 'the rules are at the top of test/architecture.test.ts',
    command: [process.execPath, 'test', '--only-failures', './test/architecture.test.ts'],
  },
]

export async function runChecks(options: { readonly except?: string } = {}): Promise<CheckResult[]> {
  return Promise.all(CHECKS.filter((check) => check.name !== options.except).map(runCheck))
}

async function runCheck({ name, mend, command }: (typeof CHECKS)[number]): Promise<CheckResult> {
  const started = performance.now()
  const child = Bun.spawn([...command], { cwd: root, stdin: 'ignore', stdout: 'pipe', stderr: 'pipe' })
  const [out, err, status] = await Promise.all([
    new Response(child.stdout).text(),
    new Response(child.stderr).text(),
    child.exited,
  ])
  const ok = status === 0
  const seconds = ((performance.now() - started) / 1000).toFixed(1)
  console.log(ok ? `ok    ${name} (${seconds} s)` : `${out}${err}FAILED ${name} (${seconds} s; ${mend})`)
  return { name, ok }
}
