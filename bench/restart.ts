/*
 * npm run bench:restart -- [--restarts 10] [--peers nuncio,envoy]
 *
 * Ten hot restarts under steady load: new and kept connections with small and large bodies, downloads that take three
 * seconds, WebSockets that talk for three. Prints what each contestant failed; Nuncio must have failed nothing.
 */
import { parseArgs } from 'node:util'
import { httpListener, routeTo, staticCluster } from '../test/support/configs.ts'
import { NUNCIO, RestartChain } from '../test/support/restart-chain.ts'
import { steadyLoad } from '../test/support/steady-load.ts'
import { startStreamBackend } from './restart/stream-backend.ts'
import { streamLoad } from './restart/stream-load.ts'

/** From one takeover to the next start; the parent's three seconds are over then. */
const PAUSE_MS = 4500

const { values } = parseArgs({
  options: { restarts: { type: 'string', default: '10' }, peers: { type: 'string', default: 'nuncio,envoy' } },
})
const restarts = Number(values.restarts)
const commands: Readonly<Record<string, string | undefined>> = {
  nuncio: process.env['NUNCIO'] ?? NUNCIO,
  envoy: process.env['ENVOY'] ?? Bun.which('envoy') ?? undefined,
}

const rows: string[] = ['| | answered | failed | downloads | cut | WebSockets | cut | start to takeover, ms (median) |']
rows.push('|---|---|---|---|---|---|---|---|')
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
  if (name === 'nuncio' && result.complaints.length > 0) good = false
}
console.log(rows.join('\n'))
process.exit(good ? 0 : 1)

async function measure(
  command: string,
): Promise<{ readonly cells: (string | number)[]; readonly complaints: string[] }> {
  await using chain = new RestartChain()
  using backend = startStreamBackend()
  const bootstrap = bootstrapOf(chain, backend.port)
  await chain.start({ command, epoch: 0, bootstrap })
  const small = steadyLoad(chain.port, 4)
  const large = steadyLoad(chain.port, 1, '/large')
  const streams = streamLoad(chain.port)
  const takeovers: number[] = []
  for (let epoch = 1; epoch <= restarts; epoch++) {
    await Bun.sleep(epoch === 1 ? 1000 : PAUSE_MS)
    const began = performance.now()
    await chain.start({ command, epoch, bootstrap })
    takeovers.push(performance.now() - began)
  }
  await Bun.sleep(PAUSE_MS)
  const [requests, bodies, { downloads, sockets, complaints }] = await Promise.all([
    small.stop(),
    large.stop(),
    streams.stop(),
  ])
  const failures = [...requests.failures, ...bodies.failures]
  const median = takeovers.sort((a, b) => a - b)[takeovers.length >> 1] ?? 0
  const counts = [downloads.whole, downloads.cut, sockets.whole, sockets.cut]
  return {
    cells: [requests.answered + bodies.answered, failures.length, ...counts, median.toFixed(0)],
    complaints: [...failures, ...complaints],
  }
}

function bootstrapOf(chain: RestartChain, backendPort: number): object {
  const manager = {
    routes: [routeTo('app', '/', { timeout: '0s' })],
    extra: { upgrade_configs: [{ upgrade_type: 'websocket' }] },
  }
  const address = { socket_address: { address: '127.0.0.1', port_value: chain.port } }
  const listener = { ...httpListener('front', manager), address }
  return chain.bootstrap(listener, { clusters: [staticCluster('app', [backendPort])] })
}
