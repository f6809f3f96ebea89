/** The supervisor in the real world: processes, signals, and the configuration's file. */
import { readFileSync, watch } from 'node:fs'
import { basename, dirname } from 'node:path'
import { LiveDispatcher } from '../../event/live-dispatcher.ts'
import { isServingNotice } from './serving-notice.ts'
import type { SupervisedProcess } from './supervisor.ts'
import { Supervisor } from './supervisor.ts'

/** Editors and `kubectl` touch a file more than once. */
const QUIET_MS = 200

export interface SupervisorSettings {
  /** What starts this program, before its flags. */
  readonly program: readonly string[]
  /** Of the proxy, without --restart-epoch. */
  readonly flags: readonly string[]
  /** Given as long as there is no other way to know the base id, for --use-dynamic-base-id. */
  flagsOfEpoch(epoch: number): readonly string[]
  /** Takes over what changes in this file; undefined: only SIGHUP does. */
  readonly watchedPath: string | undefined
  tell(line: string): void
}

/** Resolves with the exit code. */
export async function runSupervisor(settings: SupervisorSettings): Promise<number> {
  const dispatcher = new LiveDispatcher('supervisor')
  const supervisor = new Supervisor({
    dispatcher,
    start: (epoch) => spawnProxy([...settings.program, ...settings.flagsOfEpoch(epoch)]),
    prove: async () => {
      const findings = await refusal([...settings.program, ...settings.flags])
      if (findings !== undefined) settings.tell(findings)
      return findings === undefined
    },
    tell: (line) => settings.tell(line),
  })
  process.on('SIGHUP', () => void supervisor.restart())
  process.on('SIGUSR1', () => supervisor.reopenLogs())
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, () => supervisor.end())
  const { watchedPath } = settings
  if (watchedPath !== undefined) {
    watchContent(watchedPath, dispatcher, () => {
      settings.tell(`${watchedPath} changed`)
      void supervisor.restart()
    })
  }
  const code = await supervisor.run()
  dispatcher.close()
  return code
}

/** What is wrong with the configuration that these flags name. */
async function refusal(command: readonly string[]): Promise<string | undefined> {
  const mode = command.some((word) => /^--mode\b/.test(word)) ? [] : ['--mode', 'validate']
  if (mode.length === 0) return undefined
  const proof = Bun.spawn([...command, ...mode], { stdin: 'ignore', stdout: 'ignore', stderr: 'pipe' })
  const said = await new Response(proof.stderr).text()
  return (await proof.exited) === 0 ? undefined : said.trimEnd()
}

function spawnProxy(command: readonly string[]): SupervisedProcess {
  const { promise: serving, resolve } = Promise.withResolvers<void>()
  const child = Bun.spawn([...command], {
    stdin: 'inherit',
    stdout: 'inherit',
    stderr: 'inherit',
    ipc: (message: unknown) => {
      if (isServingNotice(message)) resolve()
    },
  })
  return {
    pid: child.pid,
    serving,
    ended: child.exited.then(() => (child.signalCode === null ? (child.exitCode ?? undefined) : undefined)),
    kill: (signal) => child.kill(signal),
  }
}

/**
 * Calls `onChange` when the file's content is another one and has come to rest, however it was replaced: written, moved
 * over, or behind a link somewhere in its folder.
 */
function watchContent(path: string, dispatcher: LiveDispatcher, onChange: () => void): void {
  let known = contentOf(path)
  const rest = dispatcher.timer(() => {
    const now = contentOf(path)
    if (now === undefined || now === known) return
    known = now
    onChange()
  })
  const watcher = watch(dirname(path), (_event, name) => {
    if (name === null || name === basename(path) || name.startsWith('..')) rest.enable(QUIET_MS)
  })
  watcher.on('error', () => watcher.close())
}

function contentOf(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return undefined
  }
}
