/** How long and how much CPU until a proxy answers its first request. */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { envoyConfig } from './configs.ts'
import { cpuUs, rssBytes } from './contestant.ts'
import { PORTS } from './ports.ts'
import { findTool } from './peers.ts'

const ROOT = new URL('../..', import.meta.url).pathname

export const START_METRICS = ['ms to first reply', 'CPU ms', 'RSS MB'] as const

/** Contestants of the start scenarios: whoever reads the same configuration. */
export function startCommand(name: string): string | undefined {
  if (name === 'envoy') return findTool('envoy', 'ENVOY')
  return name === 'nuncio' ? (process.env['NUNCIO'] ?? join(ROOT, 'bin/nuncio')) : undefined
}

export async function measureStart(
  name: 'envoy' | 'nuncio',
  folder: string,
  clusters: number,
): Promise<readonly number[]> {
  const tool = startCommand(name)
  if (tool === undefined) throw new Error(`${name} is not installed`)
  const config = join(folder, `${name}-start.json`)
  writeFileSync(config, withClusters(envoyConfig(PORTS[name], join(folder, `${name}-start.log`)), clusters))
  const flags = ['-c', config, '--concurrency', '1', '--disable-hot-restart', '-l', 'error']
  const started = performance.now()
  const child = Bun.spawn([tool, ...flags], { stdin: 'ignore', stdout: 'ignore', stderr: 'inherit' })
  try {
    while (performance.now() - started < 20_000) {
      if (await answers(PORTS[name].http)) {
        return [performance.now() - started, cpuUs(child.pid) / 1000, rssBytes(child.pid) / 1e6]
      }
      await Bun.sleep(1)
    }
    throw new Error(`${name} did not start`)
  } finally {
    child.kill('SIGKILL')
    await child.exited
  }
}

async function answers(port: number): Promise<boolean> {
  const answer = await fetch(`http://127.0.0.1:${port}/`).catch(() => undefined)
  await answer?.arrayBuffer()
  return answer?.status === 200
}

/** One listener with one route; those with thousands of routes belong to other scenarios. */
function withClusters(text: string, count: number): string {
  // Our own text of a moment ago.
  const config = JSON.parse(text) as { static_resources: { listeners: object[]; clusters: { name: string }[] } }
  config.static_resources.listeners.length = 1
  const [first] = config.static_resources.clusters
  for (let n = 1; n < count; n++) config.static_resources.clusters.push({ ...first, name: `cluster_${n}` })
  return JSON.stringify(config)
}
