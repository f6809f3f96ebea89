/**
 * What rounds of adding and removing many clusters by CDS (from a file) leave behind and need meanwhile, Envoy beside it.
 * `ENVOY=… sh tools/bun bench/macro/cluster-churn.ts [--clusters 3000] [--rounds 5] [--only nuncio]`
 */
import { mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { cpuUs, rssBytes } from './contestant.ts'
import { startCommand } from './start-up.ts'
import { Figures } from './table.ts'

const { values } = parseArgs({
  options: {
    clusters: { type: 'string', default: '3000' },
    rounds: { type: 'string', default: '5' },
    only: { type: 'string', default: 'envoy,nuncio' },
  },
})
const clusters = Number(values.clusters)
const only = values.only.split(',')
const ADMIN_PORTS = { envoy: 21_921, nuncio: 21_922 } as const
const SAMPLE_MS = 50
/** Long enough for whoever tidies up. */
const QUIET_MS = 5000

const folder = mkdtempSync(join(tmpdir(), 'nuncio-cluster-churn-'))
const figures = new Figures()
try {
  for (const name of ['envoy', 'nuncio'] as const) if (only.includes(name)) await measure(name)
} finally {
  rmSync(folder, { recursive: true, force: true })
}
console.log(figures.table('nuncio', only))

async function measure(name: 'envoy' | 'nuncio'): Promise<void> {
  const tool = startCommand(name)
  if (tool === undefined) throw new Error(`${name} is not installed`)
  const config = join(folder, `${name}.json`)
  const resources = join(folder, `${name}-cds.json`)
  let version = 0
  const provide = (count: number): void => {
    writeFileSync(`${resources}.new`, JSON.stringify(assignment(++version, count)))
    renameSync(`${resources}.new`, resources)
  }
  provide(1)
  writeFileSync(config, JSON.stringify(bootstrap(ADMIN_PORTS[name], resources)))
  const flags = ['-c', config, '--concurrency', '1', '--disable-hot-restart', '-l', 'error']
  const child = Bun.spawn([tool, ...flags], { stdin: 'ignore', stdout: 'ignore', stderr: 'inherit' })
  let peak = 0
  const sampling = setInterval(() => (peak = Math.max(peak, rssBytes(child.pid))), SAMPLE_MS)
  const until = async (count: number): Promise<void> => {
    const limit = performance.now() + 60_000
    while (!(await isThere(ADMIN_PORTS[name], version, count))) {
      if (performance.now() > limit) throw new Error(`${name} did not come to ${count} clusters`)
      await Bun.sleep(100)
    }
  }
  try {
    await until(1)
    await Bun.sleep(QUIET_MS)
    figures.add('RSS MB before', name, rssBytes(child.pid) / 1e6)
    for (let round = 0; round < Number(values.rounds); round++) {
      for (const count of [clusters, 1]) {
        const before = cpuUs(child.pid)
        provide(count)
        await until(count)
        if (count === 1) await Bun.sleep(QUIET_MS)
        figures.add(`${count === 1 ? 'removing' : 'adding'}: CPU ms`, name, (cpuUs(child.pid) - before) / 1000)
      }
      figures.add('RSS MB after a round', name, rssBytes(child.pid) / 1e6)
    }
    figures.add('RSS MB at most', name, peak / 1e6)
  } finally {
    clearInterval(sampling)
    child.kill('SIGKILL')
    await child.exited
  }
}

/** Whether the last cluster of a version is there, or none but the one that stays. What is asked is cheap for everybody. */
async function isThere(port: number, version: number, count: number): Promise<boolean> {
  const pattern = count === 1 ? 'cluster_\\d.*' : `${clusterName(version, count - 1)}$`
  const answer = await fetch(`http://127.0.0.1:${port}/clusters?filter=${encodeURIComponent(pattern)}`).catch(() => {})
  const text = await answer?.text()
  return text !== undefined && (text === '') === (count === 1)
}

function clusterName(version: number, n: number): string {
  return `cluster_${n === 0 ? 'kept' : `${version}_${n}`}`
}

function assignment(version: number, count: number): object {
  const cluster = (name: string) => ({
    '@type': 'type.googleapis.com/envoy.config.cluster.v3.Cluster',
    name,
    connect_timeout: '1s',
    type: 'STATIC',
    load_assignment: { cluster_name: name, endpoints: [{ lb_endpoints: [{ endpoint: { address: socket(1) } }] }] },
  })
  return {
    version_info: String(version),
    resources: Array.from({ length: count }, (_, n) => cluster(clusterName(version, n))),
  }
}

function bootstrap(adminPort: number, resources: string): object {
  return {
    node: { id: 'bench', cluster: 'bench' },
    admin: { address: socket(adminPort) },
    dynamic_resources: { cds_config: { path_config_source: { path: resources }, resource_api_version: 'V3' } },
  }
}

function socket(port: number): object {
  return { socket_address: { address: '127.0.0.1', port_value: port } }
}
