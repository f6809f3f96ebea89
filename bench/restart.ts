/*
 * npm run bench:restart -- [--rounds 10] [--peers nuncio,envoy]
 *
 * Ten rounds of a hot restart and an update of the listener, the cluster and the routes, from files, under steady load:
 * new and kept connections, bodies of 1 MiB both ways, downloads and WebSockets of three seconds. Prints what each
 * contestant failed; Nuncio must have failed nothing.
 */
import { parseArgs } from 'node:util'
import { NUNCIO, RestartChain } from '../test/support/restart-chain.ts'
import { steadyLoad } from '../test/support/steady-load.ts'
import { ChangingConfig } from './restart/changing-config.ts'
import { startStreamBackend } from './restart/stream-backend.ts'
import { STREAM_KINDS, streamLoad } from './restart/stream-load.ts'

/** What drains has longer than a stream takes. */
const TIMES = { drainS: 5, parentShutdownS: 6 }
/** From one thing that happens to the next. */
const PAUSE_MS = 1200
/** From the last update of a round to the next restart; the parent has ended then. */
const ROUND_PAUSE_MS = 4000

const { values } = parseArgs({
  options: { rounds: { type: 'string', default: '10' }, peers: { type: 'string', default: 'nuncio,envoy' } },
})
const rounds = Number(values.rounds)
const commands: Readonly<Record<string, string | undefined>> = {
  nuncio: process.env['NUNCIO'] ?? NUNCIO,
  envoy: process.env['ENVOY'] ?? Bun.which('envoy') ?? undefined,
}

const columns = ['', 'requests', 'failed', 'resets', ...STREAM_KINDS.flatMap((kind) => [`${kind}s`, 'cut'])]
columns.push('start to takeover, ms (median)')
const rows = [`| ${columns.join(' | ')} |`, `|${'---|'.repeat(columns.length)}`]
let good = true
for (const name of values.peers.split(',')) {
  const command = commands[name]
  if (command === undefined) {
    console.log(`${name} is not installed and left out`)
    continue
  }
  const result = await measure(command)
  rows.push(`| ${[name, ...result.cells].join(' | ')} |`)
  for (const complaint of result.complaints.slice(0, 5)) console.log(`${name}: ${complaint}`)
  if (name === 'nuncio' && !result.good) good = false
}
console.log(`${rounds} hot restarts, ${rounds} updates each of the listener, the cluster and the routes:`)
console.log(rows.join('\n'))
process.exit(good ? 0 : 1)

interface Result {
  readonly good: boolean
  readonly cells: readonly (string | number)[]
  readonly complaints: readonly string[]
}

async function measure(command: string): Promise<Result> {
  await using chain = new RestartChain(TIMES)
  using backend = startStreamBackend()
  const config = new ChangingConfig(chain, backend.port)
  const { bootstrap } = config
  await chain.start({ command, epoch: 0, bootstrap })
  const small = steadyLoad(chain.port, 2)
  const large = steadyLoad(chain.port, 1, '/large')
  const streams = streamLoad(chain.port)
  const takeovers: number[] = []
  await Bun.sleep(PAUSE_MS)
  for (let round = 1; round <= rounds; round++) {
    const began = performance.now()
    await chain.start({ command, epoch: round, bootstrap })
    takeovers.push(performance.now() - began)
    for (const kind of ['listener', 'cluster', 'routes'] as const) {
      await Bun.sleep(PAUSE_MS)
      await config.update(kind)
    }
    await Bun.sleep(ROUND_PAUSE_MS)
  }
  const [requests, bodies, { tallies, complaints }] = await Promise.all([small.stop(), large.stop(), streams.stop()])
  const failures = [...requests.failures, ...bodies.failures]
  const resets = requests.unannounced + bodies.unannounced
  const median = takeovers.sort((a, b) => a - b)[takeovers.length >> 1] ?? 0
  const counts = STREAM_KINDS.flatMap((kind) => [tallies[kind].whole, tallies[kind].cut])
  return {
    good: failures.length + complaints.length + resets === 0,
    cells: [requests.answered + bodies.answered, failures.length, resets, ...counts, median.toFixed(0)],
    complaints: [...failures, ...complaints],
  }
}
