import { afterEach, expect, test } from 'bun:test'
import type { ConnectionCallbacks, ConnectionEvent, ReadFilter } from '../api/network.ts'
import type { ByteQueue } from '../base/byte-queue.ts'
import { LiveDispatcher } from '../event/live-dispatcher.ts'
import type { Acceptor } from './acceptor.ts'
import { startAccepting } from './acceptor.ts'
import { parseIpAddress, pipeAddress } from './address.ts'
import { connectTo } from './client-connection.ts'
import type { SocketConnection } from './connection.ts'
import { createFilterChain } from './filter-chain.ts'
import { bindListenSocket } from './listen-socket.ts'

/** One end of a connection, with what happened at it. */
class End implements ConnectionCallbacks, ReadFilter {
  readonly connection: SocketConnection
  readonly events: string[] = []
  received = ''
  receivedBytes = 0
  ended = false
  onBytes: ((data: ByteQueue, end: boolean) => void) | undefined = undefined

  constructor(connection: SocketConnection) {
    this.connection = connection
    connection.addCallbacks(this)
    createFilterChain(connection, [(builder) => builder.addReadFilter(this)])
  }

  onNewConnection() {
    return 'continue' as const
  }

  onData(data: ByteQueue, end: boolean) {
    this.ended ||= end
    if (this.onBytes !== undefined) {
      this.onBytes(data, end)
      return 'stop' as const
    }
    this.receivedBytes += data.length
    if (this.received.length < 10_000) this.received += Buffer.from(data.linearize()).toString('latin1')
    data.clear()
    return 'stop' as const
  }

  onEvent(event: ConnectionEvent) {
    this.events.push(event)
  }

  onAboveHighWatermark() {
    this.events.push('high')
  }

  onBelowLowWatermark() {
    this.events.push('low')
  }
}

const open: { dispatcher: LiveDispatcher; acceptor: Acceptor; ends: End[] }[] = []

afterEach(() => {
  for (const { dispatcher, acceptor, ends } of open.splice(0)) {
    acceptor.stop()
    for (const end of ends) end.connection.close('abort-reset')
    dispatcher.close()
  }
})

async function pair(
  prepare?: (accepted: SocketConnection) => void,
): Promise<{ client: End; server: End; dispatcher: LiveDispatcher }> {
  const dispatcher = new LiveDispatcher('main_thread')
  const bound = bindListenSocket(parseIpAddress('127.0.0.1', 0), { reusePort: false, options: [] })
  if (!bound.ok) throw new Error(bound.message)
  let accepted: End | undefined
  const acceptor = startAccepting(bound.fd, -1, {
    dispatcher,
    onAccept: (connection) => {
      prepare?.(connection)
      accepted = new End(connection)
    },
  })
  const client = new End(connectTo(dispatcher, { address: bound.address, bufferLimit: 0 }))
  await until(() => accepted !== undefined && client.events.includes('connected'))
  open.push({ dispatcher, acceptor, ends: [client, accepted!] })
  return { client, server: accepted!, dispatcher }
}

/** Turns of the loop, not time: what is waited for is on its way. */
async function until(condition: () => boolean): Promise<void> {
  for (let i = 0; i < 20_000; i++) {
    if (condition()) return
    await new Promise((resolve) => setImmediate(resolve))
    if (i % 100 === 99) await Bun.sleep(1)
  }
  throw new Error('it did not happen')
}

test('connection: bytes both ways, then our close is one event and the peer sees the end', async () => {
  const { client, server } = await pair()
  client.connection.write('hel')
  client.connection.write(new TextEncoder().encode('lo'))
  await until(() => server.received === 'hello')
  server.connection.write('é')
  await until(() => client.received === 'é')
  server.connection.close('flush-write', 'done')
  expect(server.events).toEqual(['local-close'])
  expect(server.connection.closeReason).toBe('done')
  await until(() => client.events.includes('remote-close'))
  expect(client.events).toEqual(['connected', 'remote-close'])
  server.connection.write('x')
  server.connection.close('no-flush')
  expect(server.events).toEqual(['local-close'])
})

test('connection: addresses of both ends agree', async () => {
  const { client, server } = await pair()
  expect(client.connection.info.localAddress.text).toBe(server.connection.info.remoteAddress.text)
  expect(client.connection.info.remoteAddress.text).toBe(server.connection.info.localAddress.text)
  expect(client.connection.id).not.toBe(server.connection.id)
})

test('connection: 10 MB to a slow reader arrive whole, and the watermarks are paired', async () => {
  const { client, server } = await pair()
  const body = new Uint8Array(10 << 20).map((_, i) => i * 7)
  server.connection.setBufferLimit(1 << 20)
  client.connection.readDisable(true)
  server.connection.write(body)
  expect(server.events).toEqual(['high'])
  server.connection.write('end')
  await until(() => server.connection.bufferedBytes < 10 << 20)
  expect(server.events).toEqual(['high'])
  let at = 0
  let wrong = 0
  client.onBytes = (data) => {
    for (let chunk = data.shift(); chunk !== undefined; chunk = data.shift()) {
      for (const byte of chunk) if (at < body.length && byte !== body[at++]) wrong++
      client.receivedBytes += chunk.length
    }
  }
  client.connection.readDisable(false)
  await until(() => client.receivedBytes === body.length + 3)
  expect(wrong).toBe(0)
  expect(server.events).toEqual(['high', 'low'])
})

test('connection: the high watermark is strictly above the limit, the low one at half', async () => {
  const { server } = await pair()
  server.connection.setBufferLimit(4)
  server.connection.write('1234')
  expect(server.events).toEqual([])
  server.connection.write('5')
  expect(server.events).toEqual(['high'])
  await until(() => server.connection.bufferedBytes === 0)
  expect(server.events).toEqual(['high', 'low'])
})

test('connection: closing above the high watermark still says low, before the end', async () => {
  const { server } = await pair()
  server.connection.setBufferLimit(4)
  server.connection.write('12345')
  server.connection.close('abort-reset')
  expect(server.events).toEqual(['high', 'low', 'local-close'])
})

test('connection: flush-write sends everything first, even what the kernel does not take at once', async () => {
  const { client, server } = await pair()
  server.connection.write(new Uint8Array(10 << 20))
  server.connection.close('flush-write')
  expect(server.connection.state).toBe('closing')
  await until(() => client.events.includes('remote-close'))
  expect(client.receivedBytes).toBe(10 << 20)
  expect(server.events).toEqual(['local-close'])
})

test('connection: a reset is a remote close with its reason', async () => {
  const { client, server } = await pair()
  client.connection.close('abort-reset')
  expect(client.events).toEqual(['connected', 'local-close'])
  await until(() => server.events.length > 0)
  expect(server.events).toEqual(['remote-close'])
  expect(server.connection.closeReason).toBe('ECONNRESET')
})

test('connection: a reset while paused drops what nobody wanted and closes once', async () => {
  const { client, server } = await pair()
  server.connection.readDisable(true)
  client.connection.write(new Uint8Array(4 << 20))
  await until(() => client.connection.bufferedBytes > 0 && client.connection.bufferedBytes < 4 << 20)
  client.connection.close('abort-reset')
  await until(() => server.events.length > 0)
  expect(server.events).toEqual(['remote-close'])
  expect(server.receivedBytes).toBe(0)
  server.connection.readDisable(false)
  expect(server.events).toEqual(['remote-close'])
})

test('connection: what arrives while reading is disabled is delivered later, once', async () => {
  const { client, server } = await pair()
  server.connection.readDisable(true)
  server.connection.readDisable(true)
  client.connection.write('abc')
  await until(() => client.connection.bufferedBytes === 0)
  await Bun.sleep(5)
  server.connection.readDisable(false)
  await Bun.sleep(5)
  expect(server.received).toBe('')
  server.connection.readDisable(false)
  expect(server.received).toBe('')
  await until(() => server.received === 'abc')
})

test("connection: without half close the peer's end closes, even while reading is disabled", async () => {
  const { client, server } = await pair()
  server.connection.readDisable(true)
  client.connection.endWrite()
  await until(() => server.events.length > 0)
  expect(server.events).toEqual(['remote-close'])
  await until(() => client.events.includes('remote-close'))
})

test('connection: half close delivers the end and stays open for writing', async () => {
  const { client, server } = await pair((accepted) => accepted.setHalfClose(true))
  client.connection.setHalfClose(true)
  client.connection.write('request')
  client.connection.endWrite()
  await until(() => server.ended)
  expect(server.received).toBe('request')
  expect(server.events).toEqual([])
  server.connection.write('response')
  server.connection.endWrite()
  await until(() => client.ended)
  expect(client.received).toBe('response')
  await until(() => server.events.length > 0 && client.events.length > 1)
  expect(server.events).toEqual(['local-close'])
  expect(client.events).toEqual(['connected', 'remote-close'])
})

test('connection: an upstream that sends and ends while nobody reads is still delivered', async () => {
  const { client, server } = await pair()
  client.connection.readDisable(true)
  server.connection.write('late')
  server.connection.close('flush-write')
  await Bun.sleep(5)
  expect(client.events).toEqual(['connected'])
  client.connection.readDisable(false)
  await until(() => client.events.includes('remote-close'))
  expect(client.received).toBe('late')
})

test('connection: writes of one callback leave together and arrive as one chunk', async () => {
  const { client, server } = await pair()
  const chunks: number[] = []
  client.onBytes = (data) => {
    chunks.push(data.length)
    data.clear()
  }
  server.onBytes = (data) => {
    data.clear()
    server.connection.write('head\r\n\r\n')
    server.connection.write(new Uint8Array(1000))
    server.connection.write('tail')
  }
  client.connection.write('go')
  await until(() => chunks.length > 0)
  expect(chunks).toEqual([1012])
})

test("connection: a refused attempt says so in Envoy's words; a source address is bound", async () => {
  const { client, dispatcher } = await pair()
  const dead = bindListenSocket(parseIpAddress('127.0.0.1', 0), { reusePort: false, options: [] })
  if (!dead.ok) throw new Error(dead.message)
  const refused = new End(connectTo(dispatcher, { address: dead.address, bufferLimit: 0 }))
  expect(refused.connection.state).toBe('connecting')
  refused.connection.write('never')
  await until(() => refused.events.length > 0)
  expect(refused.events).toEqual(['remote-close'])
  expect(refused.connection.transportFailureReason).toBe('delayed connect error: Connection refused')
  expect(refused.connection.closeReason).toBe('ECONNREFUSED')
  const bound = new End(
    connectTo(dispatcher, {
      address: client.connection.info.remoteAddress,
      sourceAddress: parseIpAddress('127.0.0.2', 0),
      bufferLimit: 0,
    }),
  )
  await until(() => bound.events.includes('connected'))
  expect(bound.connection.info.localAddress.text).toMatch(/^127\.0\.0\.2:\d+$/)
  bound.connection.close('no-flush')
})

test('connection: an IPv4 address in an IPv6 one is not reached, as in Envoy', async () => {
  const { client, dispatcher } = await pair()
  const address = parseIpAddress('::ffff:127.0.0.1', Number(client.connection.info.remoteAddress.text.split(':')[1]))
  const mapped = new End(connectTo(dispatcher, { address, bufferLimit: 0 }))
  await until(() => mapped.events.length > 0)
  expect(mapped.events).toEqual(['remote-close'])
  expect(mapped.connection.transportFailureReason).toBe(
    `immediate connect error: Network is unreachable|remote address:${address.text}`,
  )
})

test('connection: what fails at once is told later; our own end is a local close', async () => {
  const { dispatcher } = await pair()
  const nowhere = pipeAddress('/nonexistent/pipe', 0)
  const missing = new End(connectTo(dispatcher, { address: nowhere, bufferLimit: 0 }))
  expect([missing.events, missing.connection.state]).toEqual([[], 'connecting'])
  const address = parseIpAddress('127.0.0.1', 1)
  const sourceAddress = parseIpAddress('192.0.2.1', 0)
  const stranger = new End(connectTo(dispatcher, { address, sourceAddress, bufferLimit: 0 }))
  await until(() => stranger.events.length > 0)
  expect(missing.events).toEqual(['remote-close'])
  expect(missing.connection.transportFailureReason).toBe(
    'immediate connect error: No such file or directory|remote address:/nonexistent/pipe',
  )
  expect(stranger.events).toEqual(['local-close'])
  expect(stranger.connection.transportFailureReason).toBe(
    'failed to bind to 192.0.2.1:0: Cannot assign requested address',
  )
})

test('connection: an attempt can be given up', async () => {
  const { client, dispatcher } = await pair()
  const attempt = new End(connectTo(dispatcher, { address: client.connection.info.remoteAddress, bufferLimit: 0 }))
  attempt.connection.close('no-flush')
  expect(attempt.events).toEqual(['local-close'])
  await Bun.sleep(5)
  expect(attempt.events).toEqual(['local-close'])
})
