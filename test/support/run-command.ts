/* A command that runs to its end, in the root of the repository. */
import { expect } from 'bun:test'
import { join } from 'node:path'

const root = join(import.meta.dir, '../..')

export interface CommandResult {
  readonly code: number
  readonly stdout: string
  readonly stderr: string
}

export function runCommand(command: readonly string[]): CommandResult {
  const { exitCode, stdout, stderr } = Bun.spawnSync([...command], { cwd: root, stdin: 'ignore' })
  return { code: exitCode, stdout: stdout.toString(), stderr: stderr.toString() }
}

/** Fails the test, showing what was printed, unless the command exits with 0. Returns its standard output. */
export function expectSuccess(command: readonly string[]): string {
  const { code, stdout, stderr } = runCommand(command)
  if (code !== 0) expect.unreachable(`${command.join(' ')} exited with ${code}:\n${stdout}${stderr}`)
  return stdout
}
