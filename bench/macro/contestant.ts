/** A program under measurement: its processes, their CPU time and memory. */
import { readFileSync, readdirSync } from 'node:fs'
import { processCpuUs } from './cpu-clock.ts'
import type { FrontPorts } from './ports.ts'

export interface Contestant {
  readonly name: string
  readonly ports: FrontPorts
  readonly pid: number
  stop(): Promise<void>
}

/** User and system time of a process and all its descendants, in µs. */
export function cpuUs(pid: number): number {
  return processTree(pid).reduce((sum, each) => sum + processCpuUs(each), 0)
}

/** Resident memory of the tree in bytes. */
export function rssBytes(pid: number): number {
  return processTree(pid).reduce((sum, each) => sum + ownRss(each), 0)
}

function ownRss(pid: number): number {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8')
  return Number(/VmRSS:\s+(\d+)/.exec(status)?.[1] ?? 0) * 1024
}

/** From the state on, so that a name with blanks does no harm: index 0 is field 3 of proc(5). */
function statFields(pid: number): readonly string[] {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  } catch {
    return []
  }
}

function processTree(root: number): number[] {
  const parents = new Map<number, number[]>()
  for (const name of readdirSync('/proc')) {
    const pid = Number(name)
    if (!Number.isInteger(pid)) continue
    const parent = Number(statFields(pid)[1] ?? -1)
    parents.set(parent, [...(parents.get(parent) ?? []), pid])
  }
  const tree = [root]
  for (let at = 0; at < tree.length; at++) tree.push(...(parents.get(tree[at] ?? -1) ?? []))
  return tree
}

export async function spawnContestant(
  name: string,
  ports: FrontPorts,
  command: readonly string[],
): Promise<Contestant> {
  // Another run's contestant would answer in this one's place.
  if (await answersOk(ports.http)) throw new Error(`port ${ports.http} of ${name} is taken`)
  const child = Bun.spawn([...command], { stdin: 'ignore', stdout: 'ignore', stderr: 'inherit' })
  const contestant: Contestant = {
    name,
    ports,
    pid: child.pid,
    stop: async () => {
      child.kill('SIGTERM')
      const late = setTimeout(() => child.kill('SIGKILL'), 3000)
      await child.exited
      clearTimeout(late)
    },
  }
  for (let attempt = 0; attempt < 500; attempt++) {
    if (child.exitCode !== null) break
    if (await answersOk(ports.http)) return contestant
    await Bun.sleep(20)
  }
  await contestant.stop()
  throw new Error(`${name} does not answer on ${ports.http}`)
}

async function answersOk(port: number): Promise<boolean> {
  const answer = await fetch(`http://127.0.0.1:${port}/`).catch(() => undefined)
  return answer?.status === 200
}
