/**
 * What the admin pages of many clusters cost, Envoy beside it: CPU of the first and of a later answer, and their size.
 * `ENVOY=… sh tools/bun bench/macro/admin-pages.ts [--clusters 3000] [--rounds 3]`
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { cpuUs, rssBytes } from './contestant.ts'
import { startCommand } from './start-up.ts'
import { Figures } from './table.ts'

const { values } = parseArgs({
  options: {
    clusters: { type: 'string', default: '3000' },
    rounds: { type: 'string', default: '3' },
    only: { type: 'string', default: '' },
  },
})
const clusters = Number(values.clusters)
const only = values.only === '' ? ['envoy', 'nuncio'] : values.only.split(',')
const ADMIN_PORTS = { envoy: 21_911, nuncio: 21_912 } as const
const PAGES = [
  '/stats/prometheus',
  '/stats',
  '/stats?format=json',
  '/clusters',
  '/clusters?format=json',
  '/config_dump',
]
const IDLE_MS = 500

const folder = mkdtempSync(join(tmpdir(), 'nuncio-admin-pages-'))
const figures = new Figures()
try {
  for (let round = 0; round < Number(values.rounds); round++) {
    for (const name of ['envoy', 'nuncio'] as const) {
      const tool = startCommand(name)
      if (tool === undefined || !only.includes(name)) continue
      // A process a page, so that none pays for what another one has prepared.
      for (const page of PAGES) await measure(name, tool, page)
    }
  }
} finally {
  rmSync(folder, { recursive: true, force: true })
}
console.log(figures.table('nuncio', only))

async function measure(name: 'envoy' | 'nuncio', tool: string, page: string): Promise<void> {
  const config = join(folder, `${name}.json`)
  writeFileSync(config, JSON.stringify(bootstrap(ADMIN_PORTS[name])))
  const flags = ['-c', config, '--concurrency', '1', '--disable-hot-restart', '-l', 'error']
  const child = Bun.spawn([tool, ...flags], { stdin: 'ignore', stdout: 'ignore', stderr: 'inherit' })
  const ask = async (path: string): Promise<number> => {
    const answer = await fetch(`http://127.0.0.1:${ADMIN_PORTS[name]}${path}`).catch(() => undefined)
    const body = await answer?.arrayBuffer()
    return answer?.status === 200 && body !== undefined ? body.byteLength : -1
  }
  try {
    const limit = performance.now() + 30_000
    while ((await ask('/ready')) < 0) {
      if (performance.now() > limit) throw new Error(`${name} did not start`)
      await Bun.sleep(20)
    }
    await Bun.sleep(IDLE_MS)
    figures.add('RSS MB at start', name, rssBytes(child.pid) / 1e6)
    for (const which of ['first', 'later']) {
      const before = cpuUs(child.pid)
      const began = performance.now()
      const bytes = await ask(page)
      const tookMs = performance.now() - began
      // Other threads, and what is done behind the answer.
      await Bun.sleep(IDLE_MS)
      figures.add(`${page}: ${which}, CPU ms`, name, (cpuUs(child.pid) - before) / 1000)
      figures.add(`${page}: ${which}, ms`, name, tookMs)
      if (which === 'later') figures.add(`${page}: MB`, name, bytes / 1e6)
    }
    figures.add(`${page}: RSS MB after`, name, rssBytes(child.pid) / 1e6)
  } finally {
    child.kill('SIGKILL')
    await child.exited
  }
}

function bootstrap(adminPort: number): object {
  const socket = (port: number) => ({ socket_address: { address: '127.0.0.1', port_value: port } })
  const cluster = (name: string) => ({
    name,
    connect_timeout: '1s',
    type: 'STATIC',
    load_assignment: {
      cluster_name: name,
      endpoints: [{ lb_endpoints: [{ endpoint: { address: socket(1) } }] }],
    },
  })
  return {
    admin: { address: socket(adminPort) },
    static_resources: { clusters: Array.from({ length: clusters }, (_, n) => cluster(`cluster_${n}`)) },
  }
}
