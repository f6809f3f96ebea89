/* The pool over the kernel's sockets: what simulation cannot show. */
import { afterEach, describe, expect, test } from 'bun:test'
import { LiveDispatcher } from '../../event/live-dispatcher.ts'
import { systemRandom } from '../../event/random.ts'
import { newRequestHeaders } from '../../codec/headers/request-headers.ts'
import { runtimeFromValues } from '../../runtime/runtime-from-values.ts'
import { MergedStats } from '../../stats/merged-stats.ts'
import { SharedCounterAllocator } from '../../stats/shared-counters.ts'
import { StatsStore } from '../../stats/stats-store.ts'
import { ClusterManager } from '../cluster-manager.ts'
import { ANY_HOST, clusterConfig, staticCluster } from '../testing/test-clusters.ts'
import { RecordedStream } from '../testing/recorded-stream.ts'

const closers: (() => void)[] = []

afterEach(() => {
  for (const close of closers.splice(0)) close()
})

function managerOf(yaml: string) {
  const dispatcher = new LiveDispatcher('main_thread')
  closers.push(() => dispatcher.close())
  const store = new StatsStore()
  const manager = new ClusterManager({
    dispatcher,
    scope: store.root,
    runtime: { current: runtimeFromValues('{}') },
    random: systemRandom,
    logger: () => ({ info: () => undefined }) as never,
    shared: new SharedCounterAllocator(),
    broadcast: () => undefined,
    parseCluster: () => ({ ok: false, errors: [], warnings: [] }),
  })
  manager.addStaticClusters([clusterConfig(yaml)], [{}])
  const stats = new MergedStats(store)
  return { manager, stat: (name: string) => stats.counter(name)?.value ?? stats.gauge(name)?.value }
}

/** Resolves when the stream is over. */
function get(manager: ClusterManager, name: string): Promise<RecordedStream> {
  const cluster = manager.view.get(name)!
  const pick = cluster.chooseHost(ANY_HOST)
  if (pick.kind !== 'host') throw new Error('no host')
  const { host } = pick
  return new Promise((resolve) => {
    class Stream extends RecordedStream {
      override decodeHeaders(...args: Parameters<RecordedStream['decodeHeaders']>): void {
        super.decodeHeaders(...args)
        if (args[1]) resolve(this)
      }

      override decodeData(...args: Parameters<RecordedStream['decodeData']>): void {
        super.decodeData(...args)
        if (args[1]) resolve(this)
      }

      override onReset(...args: Parameters<RecordedStream['onReset']>): void {
        super.onReset(...args)
        resolve(this)
      }

      override onPoolFailure(...args: Parameters<RecordedStream['onPoolFailure']>): void {
        super.onPoolFailure(...args)
        resolve(this)
      }
    }
    const stream = new Stream()
    stream.onReady = (encoder) => encoder.encodeHeaders(newRequestHeaders('GET', '/', 'example.com'), true)
    cluster.httpPool(host, 'default', ANY_HOST)!.newStream(stream, stream)
  })
}

describe('http/1 pool over real sockets', () => {
  test('requests in sequence share a connection', async () => {
    let accepted = 0
    const server = Bun.listen({
      hostname: '127.0.0.1',
      port: 0,
      socket: {
        open: () => void accepted++,
        data: (socket) => void socket.write('HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok'),
      },
    })
    closers.push(() => server.stop(true))
    const { manager, stat } = managerOf(staticCluster('a', [server.port]))
    manager.start()
    const first = await get(manager, 'a')
    expect(first.events).toEqual(['ready', '200', 'body:ok', 'end'])
    expect(first.upstream?.localAddress?.text).toStartWith('127.0.0.1:')
    // The connection is given back once the codec has returned.
    await Promise.resolve()
    const second = await get(manager, 'a')
    expect(second.upstream?.numStreams).toBe(2)
    expect(accepted).toBe(1)
    await Bun.sleep(0)
    expect(stat('cluster.a.upstream_cx_rx_bytes_total')).toBe(80)
    expect(stat('cluster.a.upstream_cx_active')).toBe(1)
  })

  test('a refused connection says why', async () => {
    const server = Bun.listen({ hostname: '127.0.0.1', port: 0, socket: { data: () => undefined } })
    const { port } = server
    server.stop(true)
    const { manager } = managerOf(staticCluster('a', [port]))
    manager.start()
    const stream = await get(manager, 'a')
    expect(stream.events).toEqual(['failure:remote-connection-failure:delayed connect error: Connection refused'])
  })

  test('a connection that is cut', async () => {
    const server = Bun.listen({
      hostname: '127.0.0.1',
      port: 0,
      socket: { data: (socket) => socket.terminate() },
    })
    closers.push(() => server.stop(true))
    const { manager } = managerOf(staticCluster('a', [server.port]))
    manager.start()
    expect((await get(manager, 'a')).events).toEqual(['ready', 'reset:connection-termination'])
  })

  test('localhost, whichever loopback address the application listens on', async () => {
    for (const hostname of ['127.0.0.1', '::1']) {
      const server = Bun.listen({
        hostname,
        port: 0,
        socket: { data: (socket) => void socket.write('HTTP/1.1 204 No Content\r\n\r\n') },
      })
      closers.push(() => server.stop(true))
      const endpoint = `{endpoint: {address: {socket_address: {address: localhost, port_value: ${server.port}}}}}`
      const yaml = `{name: a, type: STRICT_DNS, load_assignment: {cluster_name: a, endpoints: [{lb_endpoints: [${endpoint}]}]}}`
      const { manager } = managerOf(yaml)
      manager.start()
      // oxlint-disable-next-line no-await-in-loop -- one listener at a time
      await new Promise<void>((resolve) => manager.onInitialized(resolve))
      // oxlint-disable-next-line no-await-in-loop -- as above
      const stream = await get(manager, 'a')
      expect(stream.events).toEqual(['ready', '204', 'end'])
      expect(stream.upstream?.host?.address.text).toBe(`[::1]:${server.port}`)
      manager.close()
    }
  })
})
