/*
 * npm run bench -- [--rounds 5] [--seconds 2] [--warm-up 4] [--only h1_small,lat] [--peers envoy,nginx,haproxy] [--out FILE]
 *
 * Everybody stays up side by side and takes turns; a ratio is one of figures of the same round. See bench/README.md.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import type { Contestant } from './macro/contestant.ts'
import { MEMORY_METRICS, measureMemory } from './macro/memory.ts'
import type { Peer } from './macro/peers.ts'
import { findPeers, startBackend } from './macro/peers.ts'
import type { Scenario } from './macro/scenarios.ts'
import { LOAD_SCENARIOS } from './macro/scenarios.ts'
import type { Setup } from './macro/setups.ts'
import { measureStart, START_METRICS, startCommand } from './macro/start-up.ts'
import { Figures } from './macro/table.ts'

const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '5' },
    seconds: { type: 'string', default: '2' },
    'warm-up': { type: 'string', default: '4' },
    only: { type: 'string', default: '' },
    peers: { type: 'string', default: 'envoy,nginx,haproxy' },
    out: { type: 'string', default: '' },
  },
})
const rounds = Number(values.rounds)
const seconds = Number(values.seconds)
/** Until a just-in-time compiler has seen what is measured. */
const warmUpSeconds = Number(values['warm-up'])
const only = values.only === '' ? [] : values.only.split(',')
const wanted = (name: string): boolean => only.length === 0 || only.includes(name)

// What is measured is what users start.
const built = Bun.spawnSync([join(import.meta.dir, '../tools/fresh-build')], { stdout: 'ignore', stderr: 'inherit' })
if (!built.success) process.exit(1)

const folder = mkdtempSync(join(tmpdir(), 'nuncio-bench-'))
const figures = new Figures()
const contestantNames = [...values.peers.split(','), 'nuncio']
const peers = findPeers(folder, contestantNames)
const names = peers.map(({ name }) => name)
const backend = await startBackend(folder)
try {
  await measureLoad()
  if (wanted('idle_mem')) await measureIdle()
  for (const [scenario, clusters] of [
    ['start', 1],
    ['start_1000', 1000],
  ] as const) {
    if (wanted(scenario)) await measureStarts(scenario, clusters)
  }
} finally {
  await backend.stop()
  rmSync(folder, { recursive: true, force: true })
}
const table = figures.table('nuncio', names)
console.log(table)
if (values.out !== '') writeFileSync(values.out, `${table}\n`)

async function measureLoad(): Promise<void> {
  const scenarios = LOAD_SCENARIOS.filter(({ name }) => wanted(name))
  for (const [setup, list] of Map.groupBy(scenarios, (each) => each.setup)) await measureSetup(setup, list)
}

async function measureSetup(setup: Setup, scenarios: readonly Scenario[]): Promise<void> {
  await withAll(findPeers(folder, contestantNames, setup), async (contestants) => {
    for (const scenario of scenarios) {
      const taking = contestants.filter((contestant) => scenario.takesPart?.(contestant) ?? true)
      for (const contestant of taking) await (scenario.warmUp ?? scenario.measure)(contestant, warmUpSeconds)
      for (let round = 0; round < rounds; round++) {
        for (const contestant of taking) {
          const measured = await scenario.measure(contestant, seconds)
          record(scenario.name, scenario.metrics, contestant.name, measured)
        }
      }
      console.log(`${scenario.name} done`)
    }
  })
}

async function measureIdle(): Promise<void> {
  for (const peer of peers) {
    await withAll([peer], async ([contestant]) => {
      if (contestant !== undefined) record('idle_mem', MEMORY_METRICS, peer.name, await measureMemory(contestant))
    })
  }
}

async function measureStarts(scenario: string, clusters: number): Promise<void> {
  for (let round = 0; round < rounds; round++) {
    for (const name of ['envoy', 'nuncio'] as const) {
      if (!names.includes(name) || startCommand(name) === undefined) continue
      record(scenario, START_METRICS, name, await measureStart(name, folder, clusters))
    }
  }
}

function record(scenario: string, metrics: readonly string[], name: string, measured: readonly number[]): void {
  metrics.forEach((metric, index) => figures.add(`${scenario}: ${metric}`, name, measured[index] ?? Number.NaN))
}

async function withAll(list: readonly Peer[], work: (contestants: Contestant[]) => Promise<void>): Promise<void> {
  const contestants: Contestant[] = []
  try {
    for (const peer of list) contestants.push(await peer.start())
    await work(contestants)
  } finally {
    for (const contestant of contestants) await contestant.stop()
  }
}
