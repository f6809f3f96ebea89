/*
 * What a proxied request costs besides the system calls: connection, codec, connection manager, router, pool and back,
 * over sockets that swallow everything. 64 connections take turns, as under the load of `bench/run.ts`. `cold`: sixteen,
 * and between two turns the caches are emptied, as they are at 2,000 requests a second when a machine has other tenants.
 *
 *   sh tools/bun bench/micro/whole-request.bench.ts [small|browser|post|conn|cold]
 */
import type { LargeBuffer } from '../../src/platform/native-buffer.ts'
import { fullGC } from 'bun:jsc'
import { extensions } from '../../src/cli/extensions.gen.ts'
import { parseMessage } from '../../src/config/parse-message.ts'
import { createParseContext } from '../../src/config/parse-context.ts'
import { parseRoot } from '../../src/config/parse-root.ts'
import { systemRandom } from '../../src/event/random.ts'
import { createNetworkFilter } from '../../src/listener/network-filter-config.ts'
import { parseListener } from '../../src/listener/listener-config.ts'
import { EARLY_LOG_SETTINGS } from '../../src/log/thread-log.ts'
import { parseIpAddress } from '../../src/network/address.ts'
import { SocketConnection } from '../../src/network/connection.ts'
import { SocketInfo } from '../../src/network/connection-info.ts'
import { createFilterChain } from '../../src/network/filter-chain.ts'
import type { NativeSocket } from '../../src/network/native-socket.ts'
import { ThreadSockets } from '../../src/network/thread-sockets.ts'
import { ExtensionRegistry } from '../../src/registry/extension-registry.ts'
import { runtimeFromValues } from '../../src/runtime/runtime-from-values.ts'
import { ReplacedRuntime, Thread } from '../../src/server/thread.ts'
import { SharedCounterAllocator } from '../../src/stats/shared-counters.ts'
import { parseCluster } from '../../src/upstream/cluster-config.ts'
import { ClusterManager } from '../../src/upstream/cluster-manager.ts'
import { ThreadClusters } from '../../src/upstream/thread-clusters.ts'
import { BROWSER } from '../macro/scenarios.ts'
import { envoyConfig } from '../macro/configs.ts'
import { PORTS } from '../macro/ports.ts'

const CONNECTIONS = 64
const COLD_CONNECTIONS = 16
const COLD_EXCHANGES = 300
/** More than the last level of caches holds. */
const EVICTION_BYTES = 48 << 20
const CACHE_LINE_BYTES = 64
const WARM_EXCHANGES = 5000
/** The least of many short slices is what the code costs when nobody disturbs it. */
const SLICES = 60
const EXCHANGES = 100

const SMALL = 'GET / HTTP/1.1\r\nHost: 127.0.0.1:23401\r\n'
const browserLines = Object.entries(BROWSER).map(([name, value]) => `${name}: ${value}\r\n`)
const REQUESTS: Readonly<Record<string, string>> = {
  small: `${SMALL}\r\n`,
  browser: `${SMALL}${browserLines.join('')}\r\n`,
  /** A connection for each request. */
  conn: `${SMALL}Connection: close\r\n\r\n`,
  post: `POST${SMALL.slice(3)}Content-Length: 1024\r\n\r\n${'x'.repeat(1024)}`,
}
const BODY = 'hello from the backend, one hundred bytes or so of text, to be like a small answer of an API..\n'
const RESPONSE = Buffer.from(
  'HTTP/1.1 200 OK\r\nServer: nginx/1.22.1\r\nDate: Mon, 24 Nov 2025 18:30:00 GMT\r\nContent-Type: text/plain\r\n' +
    `Content-Length: ${BODY.length}\r\nConnection: keep-alive\r\n\r\n${BODY}`,
)

/** Takes everything and forgets it. */
class Sink implements NativeSocket {
  readonly connection: SocketConnection

  constructor(connection: SocketConnection) {
    this.connection = connection
    connection.setSocket(this)
  }
  readonly fd = -1
  readonly localAddress = undefined
  write(bytes: Uint8Array, length?: number): number {
    return length ?? bytes.length
  }
  writePart(_memory: LargeBuffer, _from: number, length: number): number {
    return length
  }
  pause(): void {}
  resume(): void {}
  shutdown(): void {}
  end(): void {}
  terminate(): void {}
}

const LOCAL_INFO = {
  nodeId: '',
  clusterName: '',
  zone: '',
  region: '',
  subZone: '',
  localAddress: '127.0.0.1',
  nodeMetadata: {},
  buildVersion: '',
}

const LISTENER = 'envoy.config.listener.v3.Listener'
const CLUSTER = 'envoy.config.cluster.v3.Cluster'

const thread = new Thread('worker_0', EARLY_LOG_SETTINGS, {
  flushIntervalMs: 10_000,
  flushMinBytes: 65_536,
})
const { dispatcher } = thread
const sockets = dispatcher.local(ThreadSockets)
const upstreams: Sink[] = []
const runtime = new ReplacedRuntime(runtimeFromValues('{}'))
const parse = createParseContext(new ExtensionRegistry(extensions), {
  clusterNames: undefined,
  accessLogFiles: thread.accessLogFiles,
})
const logger = () => ({ info: () => undefined, enabled: () => false }) as never
const config = JSON.parse(envoyConfig(PORTS.nuncio, '/dev/null')).static_resources
const clusters = new ThreadClusters({
  dispatcher,
  scope: thread.stats.root,
  runtime,
  random: systemRandom,
  threadName: 'worker_0',
  logger,
  connect: (_dispatcher, options) => {
    const connection = new SocketConnection(sockets, new SocketInfo(options.address, options.address), 'connecting')
    connection.setBufferLimit(options.bufferLimit)
    upstreams.push(new Sink(connection))
    return connection
  },
})
const manager = new ClusterManager({
  dispatcher,
  scope: thread.stats.root,
  runtime,
  random: systemRandom,
  logger,
  shared: new SharedCounterAllocator(),
  broadcast: (orders) => orders.forEach((order) => clusters.apply(order)),
  parseCluster: () => ({ ok: false, errors: [], warnings: [] }),
})
manager.addStaticClusters(
  [parsed(CLUSTER, config.clusters[0], (reader) => parseCluster(reader, parse))],
  [config.clusters[0]],
)
manager.start()
const listener = parsed(LISTENER, config.listeners[0], (reader) => parseListener(reader, parse))
const context = thread.factoryContext({
  clusters,
  runtime,
  localInfo: LOCAL_INFO,
  health: { failed: false },
})
const factories = listener.filterChains[0]!.filters.map((filter) => createNetworkFilter(filter, context))

function parsed<T>(type: string, json: object, read: (reader: never) => T): T {
  const message = parseMessage(type, JSON.stringify(json))
  if (!message.ok) throw new Error(JSON.stringify(message.errors))
  const value = parseRoot(type, message.value, {}, read as never)
  if (!value.ok) throw new Error(JSON.stringify(value.errors))
  return value.value as T
}

function accept(): Sink {
  const address = parseIpAddress('127.0.0.1', 1)
  const connection = new SocketConnection(sockets, new SocketInfo(address, address), 'open')
  const socket = new Sink(connection)
  connection.setBufferLimit(1 << 20)
  createFilterChain(connection, factories)
  return socket
}

const endOfTurn = async (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

/** One request on every connection, then all responses, a turn each. */
async function exchange(downstreams: readonly Sink[], request: Buffer): Promise<void> {
  await requestTurn(downstreams, request)
  await responseTurn()
}

async function requestTurn(downstreams: readonly Sink[], request: Buffer): Promise<void> {
  for (let i = 0; i < downstreams.length; i++) sockets.deliver(downstreams[i]!.connection, Buffer.from(request))
  await endOfTurn()
  for (let i = 0; i < upstreams.length; i++) {
    if (upstreams[i]!.connection.state === 'connecting') upstreams[i]!.connection.onNativeDrain()
  }
  await endOfTurn()
}

async function responseTurn(): Promise<void> {
  for (let i = 0; i < upstreams.length; i++) sockets.deliver(upstreams[i]!.connection, Buffer.from(RESPONSE))
  await endOfTurn()
}

/** Of this thread, so that compiler and collector are left out, and a busy machine does less harm. */
function cpuNs(): number {
  const { user, system } = process.threadCpuUsage()
  return (user + system) * 1000
}

async function measure(name: string): Promise<void> {
  const request = Buffer.from(REQUESTS[name]!)
  const connect = (): readonly Sink[] => Array.from({ length: CONNECTIONS }, accept)
  const kept = name === 'conn' ? undefined : connect()
  for (let i = 0; i < WARM_EXCHANGES; i++) {
    await exchange(kept ?? connect(), request)
  }
  const slices: number[] = []
  for (let slice = 0; slice < SLICES; slice++) {
    const start = cpuNs()
    for (let i = 0; i < EXCHANGES; i++) {
      await exchange(kept ?? connect(), request)
    }
    slices.push((cpuNs() - start) / (EXCHANGES * CONNECTIONS))
  }
  report(name, slices)
  for (const socket of kept ?? []) socket.connection.close('abort-reset')
  fullGC()
}

async function measureCold(): Promise<void> {
  const request = Buffer.from(REQUESTS['small']!)
  const downstreams = Array.from({ length: COLD_CONNECTIONS }, accept)
  for (let i = 0; i < WARM_EXCHANGES * 4; i++) await exchange(downstreams, request)
  const memory = Buffer.alloc(EVICTION_BYTES, 1)
  const timed = async (turn: () => Promise<void>): Promise<number> => {
    for (let i = 0; i < EVICTION_BYTES; i += CACHE_LINE_BYTES) memory[i]!++
    const start = Bun.nanoseconds()
    await turn()
    return Bun.nanoseconds() - start
  }
  const times: number[] = []
  for (let i = 0; i < COLD_EXCHANGES; i++) {
    const ns = (await timed(() => requestTurn(downstreams, request))) + (await timed(responseTurn))
    times.push(ns / COLD_CONNECTIONS)
  }
  report('cold', times)
}

function report(name: string, nsARequest: readonly number[]): void {
  const sorted = nsARequest.toSorted((a, b) => a - b)
  const least = sorted[0]!.toFixed(0).padStart(6)
  const median = sorted[sorted.length >> 1]!.toFixed(0).padStart(6)
  console.log(`${name.padEnd(8)} ${least} ${median} ns a request (minimum, median of slices)`)
}

const asked = process.argv[2]
if (asked === 'cold') await measureCold()
else for (const name of asked === undefined ? Object.keys(REQUESTS) : [asked]) await measure(name)
process.exit(0)
