/* The TCP proxy over real sockets: what simulation cannot show. */
import { expect, test } from 'bun:test'
import { readFileSync } from 'node:fs'
import { connect, createServer, type Socket } from 'node:net'
import { staticCluster } from '../support/configs.ts'
import { eventually } from '../support/dynamic-files.ts'
import { fileLog, textFormat } from '../support/file-log.ts'
import { rawClient, rawServer } from '../support/raw-client.ts'
import { startWholeProxy } from '../support/whole-proxy.ts'

const FORMAT = '%RESPONSE_FLAGS% %BYTES_RECEIVED% %BYTES_SENT% %UPSTREAM_DETECTED_CLOSE_TYPE%'

function tcpListener(name: string, proxy: object): object {
  const log = fileLog(`${name}.log`, textFormat(FORMAT))
  const config = {
    '@type': 'type.googleapis.com/envoy.extensions.filters.network.tcp_proxy.v3.TcpProxy',
    stat_prefix: name,
    access_log: [log],
    ...proxy,
  }
  return {
    name,
    address: { socket_address: { address: '127.0.0.1', port_value: 0 } },
    filter_chains: [{ filters: [{ name: 'envoy.filters.network.tcp_proxy', typed_config: config }] }],
  }
}

/** A server whose connections end one half at a time. */
async function halfServer(serve: (socket: Socket) => void): Promise<AsyncDisposable & { readonly port: number }> {
  const open = new Set<Socket>()
  const server = createServer({ allowHalfOpen: true }, (socket) => {
    open.add(socket)
    socket.on('close', () => open.delete(socket))
    socket.on('error', () => {})
    serve(socket)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('no port')
  return {
    port: address.port,
    [Symbol.asyncDispose]: async () => {
      for (const socket of open) socket.destroy()
      await new Promise<void>((resolve) => server.close(() => resolve()))
    },
  }
}

test('bytes, half-closed connections, resets and refusals', async () => {
  await using server = await halfServer((socket) => {
    socket.on('data', (chunk) => {
      if (chunk.toString() === 'reset') socket.resetAndDestroy()
      else socket.write(chunk)
    })
    socket.on('end', () => socket.end('bye'))
  })
  const gone = await rawServer(() => {})
  await gone[Symbol.asyncDispose]()
  const resources = {
    listeners: [
      tcpListener('echo', { cluster: 'app' }),
      tcpListener('dead', { cluster: 'dead', max_connect_attempts: 2 }),
      tcpListener('nowhere', { cluster: 'unknown' }),
    ],
    clusters: [staticCluster('app', [server.port]), staticCluster('dead', [gone.port])],
  }
  await using proxy = await startWholeProxy(resources, { flags: ['--concurrency', '1'] })
  const logOf = (name: string): string => readFileSync(`${proxy.folder}/${name}.log`, 'utf8')

  using client = await rawClient(proxy.port('echo'))
  client.write('hello')
  await client.until('hello')
  client.end()
  await client.until('hellobye')
  await client.closed()

  const reset = await new Promise<string>((resolve) => {
    const socket = connect(proxy.port('echo'), '127.0.0.1', () => socket.write('reset'))
    socket.on('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? ''))
    socket.on('close', () => resolve('closed'))
  })
  expect(reset).toBe('ECONNRESET')

  using refused = await rawClient(proxy.port('dead'))
  await refused.closed()
  using lost = await rawClient(proxy.port('nowhere'))
  await lost.closed()

  expect(await proxy.end()).toBe(0)
  expect(logOf('echo')).toBe('- 5 8 Normal\nUR 5 0 RemoteReset\n')
  expect(logOf('dead')).toBe('UF,URX 0 0 Normal\n')
  expect(logOf('nowhere')).toBe('NC 0 0 Normal\n')
})

test('statistics are those of Envoy', async () => {
  await using server = await rawServer((socket, _all, chunk) => void socket.write(chunk))
  const resources = {
    listeners: [tcpListener('in', { cluster: 'app' })],
    clusters: [staticCluster('app', [server.port])],
  }
  await using proxy = await startWholeProxy(resources, { flags: ['--concurrency', '1'] })
  {
    using client = await rawClient(proxy.port('in'))
    client.write('12345')
    await client.until('12345')
    client.end()
    await client.closed()
  }
  await eventually('the end', async () => (await proxy.stat('cluster.app.upstream_cx_active')) === 0)
  const lines = (await proxy.admin('/stats?filter=^tcp\\.')).trim().split('\n')
  expect(lines).toEqual([
    'tcp.in.downstream_cx_drain_close: 0',
    'tcp.in.downstream_cx_no_route: 0',
    'tcp.in.downstream_cx_overload_close: 0',
    'tcp.in.downstream_cx_rx_bytes_buffered: 0',
    'tcp.in.downstream_cx_rx_bytes_total: 5',
    'tcp.in.downstream_cx_total: 1',
    'tcp.in.downstream_cx_tx_bytes_buffered: 0',
    'tcp.in.downstream_cx_tx_bytes_total: 5',
    'tcp.in.downstream_flow_control_paused_reading_total: 0',
    'tcp.in.downstream_flow_control_resumed_reading_total: 0',
    'tcp.in.early_data_received_count_total: 0',
    'tcp.in.idle_timeout: 0',
    'tcp.in.max_downstream_connection_duration: 0',
    'tcp.in.route_delayed_total: 0',
    'tcp.in.upstream_flush_active: 0',
    'tcp.in.upstream_flush_total: 0',
  ])
  const cluster = await proxy.admin('/stats?filter=^cluster\\.app\\.upstream_(cx|rq)_&usedonly')
  expect(cluster).toContain('cluster.app.upstream_cx_destroy_remote_with_active_rq: 1\n')
  expect(cluster).toContain('cluster.app.upstream_rq_total: 1\n')
  expect(cluster).toContain('cluster.app.upstream_cx_tx_bytes_total: 5\n')
  expect(cluster).not.toContain('cluster.app.upstream_rq_per_cx: P')
})

test('a slow reader on either side holds the other one back, and gets everything', async () => {
  const size = 24 * 1024 * 1024
  const bulk = Buffer.alloc(size, 'x')
  const served: Socket[] = []
  await using server = await halfServer((socket) => {
    served.push(socket)
    socket.pause()
    socket.write(bulk)
  })
  const resources = {
    listeners: [tcpListener('in', { cluster: 'app' })],
    clusters: [staticCluster('app', [server.port])],
  }
  await using proxy = await startWholeProxy(resources, { flags: ['--concurrency', '1'] })
  const socket = connect({ port: proxy.port('in'), host: '127.0.0.1', allowHalfOpen: true })
  socket.pause()
  socket.write(bulk)
  const buffered = async (): Promise<number> =>
    ((await proxy.stat('tcp.in.downstream_cx_tx_bytes_buffered')) ?? 0) +
    ((await proxy.stat('cluster.app.upstream_cx_tx_bytes_buffered')) ?? 0)
  await eventually(
    'the pause',
    async () => (await proxy.stat('tcp.in.downstream_flow_control_paused_reading_total')) === 1,
  )
  await eventually(
    'the other pause',
    async () => (await proxy.stat('cluster.app.upstream_flow_control_paused_reading_total')) === 1,
  )
  // Two limits of 1 MiB, and one read of the socket beyond each.
  expect(await buffered()).toBeLessThan(5 * 1024 * 1024)
  const counted = (end: Socket): Promise<number> =>
    new Promise((resolve) => {
      let sum = 0
      end.on('data', (chunk) => (sum += chunk.length) >= size && resolve(sum))
      end.resume()
    })
  expect(await Promise.all([counted(socket), counted(served[0]!)])).toEqual([size, size])
  expect(await buffered()).toBe(0)
  expect(await proxy.stat('tcp.in.downstream_flow_control_resumed_reading_total')).toBeGreaterThan(0)
  socket.destroy()
})

test('drain: connections close with their next bytes when that is asked for, the others stay', async () => {
  await using server = await rawServer((socket, _all, chunk) => void socket.write(chunk))
  const resources = {
    listeners: [
      tcpListener('drains', { cluster: 'app', check_drain_close: true }),
      tcpListener('stays', { cluster: 'app' }),
    ],
    clusters: [staticCluster('app', [server.port])],
  }
  const flags = ['--concurrency', '1', '--drain-strategy', 'immediate', '--drain-time-s', '60']
  await using proxy = await startWholeProxy(resources, { flags })
  using draining = await rawClient(proxy.port('drains'))
  using staying = await rawClient(proxy.port('stays'))
  for (const client of [draining, staying]) {
    client.write('a')
    await client.until('a')
  }
  expect(await proxy.admin('/drain_listeners?graceful&skip_exit', 'POST')).toBe('OK\n')
  // The main thread tells the workers of it.
  await eventually('the end', async () => {
    draining.write('b')
    return draining.closed(50).then(
      () => true,
      () => false,
    )
  })
  staying.write('c')
  await staying.until('ac')
  expect(await proxy.stat('tcp.drains.downstream_cx_drain_close')).toBe(1)
  expect(await proxy.stat('tcp.stays.downstream_cx_drain_close')).toBe(0)
})

test('the end of the process: the last sessions are in the log, and so are their connections', async () => {
  await using server = await rawServer((socket, _all, chunk) => void socket.write(chunk))
  const session = tcpListener('app', { cluster: 'app' }) as { readonly filter_chains: readonly object[] }
  const log = fileLog('listener.log', textFormat('%DOWNSTREAM_LOCAL_CLOSE_REASON% %BYTES_RECEIVED%'))
  const resources = {
    listeners: [{ ...session, access_log: [log] }],
    clusters: [staticCluster('app', [server.port])],
  }
  await using proxy = await startWholeProxy(resources, { flags: ['--concurrency', '1'] })
  using client = await rawClient(proxy.port('app'))
  client.write('abc')
  await client.until('abc')
  expect(await proxy.end()).toBe(0)
  expect(readFileSync(`${proxy.folder}/app.log`, 'utf8')).toBe('- 3 3 Normal\n')
  const reason = 'purging_socket_that_have_not_progressed_to_connections'
  expect(readFileSync(`${proxy.folder}/listener.log`, 'utf8')).toBe(`${reason} 3\n`)
})
