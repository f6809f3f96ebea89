/** `nuncio supervise [--watch] -- <flags>`: from its command line to the settings of the supervisor. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { runSupervisor } from '../server/hot_restart/run-supervisor.ts'

export interface SuperviseCommand {
  readonly watch: boolean
  /** Of the proxy. */
  readonly flags: readonly string[]
  readonly configPath: string
  readonly dynamicBaseId: boolean
}

/** `program`: what starts this program, before its flags. Resolves with the exit code. */
export async function supervise(
  command: SuperviseCommand,
  program: readonly string[],
  tell: (line: string) => void,
): Promise<number> {
  const folder = command.dynamicBaseId ? mkdtempSync(join(tmpdir(), 'nuncio-supervise-')) : undefined
  try {
    return await runSupervisor({
      program,
      flags: command.flags,
      flagsOfEpoch: (epoch) => [...placeOf(command, folder, epoch), '--restart-epoch', String(epoch)],
      watchedPath: command.watch ? resolve(command.configPath) : undefined,
      tell: (line) => tell(`supervise: ${line}\n`),
    })
  } finally {
    if (folder !== undefined) rmSync(folder, { recursive: true, force: true })
  }
}

/** The first epoch chooses a base id and writes down which; the others have that one. */
function placeOf({ flags }: SuperviseCommand, folder: string | undefined, epoch: number): readonly string[] {
  if (folder === undefined) return flags
  const path = join(folder, 'base-id')
  if (epoch === 0) return flags.includes('--base-id-path') ? flags : [...flags, '--base-id-path', path]
  const written = flags.includes('--base-id-path') ? (flags[flags.indexOf('--base-id-path') + 1] ?? path) : path
  const others = flags.filter((flag) => flag !== '--use-dynamic-base-id')
  return [...others, '--base-id', readFileSync(written, 'utf8').trim()]
}
