/* What connections do with real sockets where the kernel has the say: see connection.test.ts for the rest. */
import { afterEach, expect, test } from 'bun:test'
import { createHash } from 'node:crypto'
import { openSync } from 'node:fs'
import { join } from 'node:path'
import { LiveDispatcher } from '../event/live-dispatcher.ts'
import type { Acceptor } from './acceptor.ts'
import { startAccepting } from './acceptor.ts'
import { parseIpAddress } from './address.ts'
import { connectTo } from './client-connection.ts'
import { SocketConnection } from './connection.ts'
import { SocketInfo } from './connection-info.ts'
import { createFilterChain } from './filter-chain.ts'
import { bindListenSocket } from './listen-socket.ts'
import { StreamSocket } from './stream-socket.ts'
import { ThreadSockets } from './thread-sockets.ts'

const MIB = 1 << 20

const ends: (() => void)[] = []

afterEach(() => {
  for (const end of ends.splice(0)) end()
})

/** Reads all into a digest. */
class Reader {
  readonly connection: SocketConnection
  readonly #hash = createHash('sha1')
  bytes = 0
  closed = ''

  constructor(connection: SocketConnection) {
    this.connection = connection
    connection.addCallbacks({
      onEvent: (event) => {
        if (event !== 'connected') this.closed = `${event} ${connection.closeReason}`
      },
      onAboveHighWatermark: () => undefined,
      onBelowLowWatermark: () => undefined,
    })
    createFilterChain(connection, [
      (builder) =>
        builder.addReadFilter({
          onNewConnection: () => 'continue',
          onData: (data) => {
            const bytes = data.linearize()
            this.#hash.update(bytes)
            this.bytes += bytes.length
            data.clear()
            return 'stop'
          },
        }),
    ])
  }

  get digest(): string {
    return this.#hash.copy().digest('hex')
  }
}

/** Of a listener and clients on this thread. */
function accepting(onAccept: (connection: SocketConnection) => void) {
  const dispatcher = new LiveDispatcher('main_thread')
  const bound = bindListenSocket(parseIpAddress('127.0.0.1', 0), { reusePort: false, options: [] })
  if (!bound.ok || bound.address.kind !== 'ip') throw new Error('no socket')
  const acceptor: Acceptor = startAccepting(bound.fd, -1, { dispatcher, onAccept })
  ends.push(() => {
    acceptor.stop()
    dispatcher.close()
  })
  return { dispatcher, address: bound.address }
}

async function until(condition: () => boolean): Promise<void> {
  const begun = performance.now()
  while (!condition()) {
    if (performance.now() - begun > 20_000) throw new Error('it did not happen')
    await Bun.sleep(1)
  }
}

test('what is written in odd pieces arrives whole and in order, however often the reader pauses', async () => {
  let server: Reader | undefined
  const { dispatcher, address } = accepting((connection) => {
    server = new Reader(connection)
  })
  const client = new Reader(connectTo(dispatcher, { address, bufferLimit: 0 }))
  await until(() => server !== undefined && client.connection.state === 'open')
  // A generator of its own, so that a failure can be repeated.
  let state = 42
  const below = (limit: number): number => {
    state = (state * 1_103_515_245 + 12_345) & 0x7fffffff
    return state % limit
  }
  const sent = [createHash('sha1'), createHash('sha1')]
  const total = [0, 0]
  const sides = [client, server!]
  const paused = [false, false]
  for (let step = 0; step < 300; step++) {
    const from = step & 1
    const piece = Buffer.alloc(below(10) === 0 ? below(2 * MIB) : below(5000), step)
    sent[from]!.update(piece)
    total[from]! += piece.length
    sides[from]!.connection.write(piece)
    const side = below(2)
    if (below(3) === 0) {
      paused[side] = !paused[side]
      sides[side]!.connection.readDisable(paused[side])
    }
    if (below(4) === 0) await Bun.sleep(0)
  }
  for (const side of [0, 1]) if (paused[side]!) sides[side]!.connection.readDisable(false)
  await until(() => server!.bytes === total[0] && client.bytes === total[1])
  expect([server!.digest, client.digest]).toEqual(sent.map((hash) => hash.digest('hex')))
  client.connection.close('flush-write')
  await until(() => server!.closed !== '')
  expect(server!.closed).toBe('remote-close ')
})

test('what came before a reset is read although a write has failed already', async () => {
  const { dispatcher, address } = accepting(() => undefined)
  const peer = Promise.withResolvers<{ write(text: string): number; terminate(): void }>()
  const server = Bun.listen({ hostname: '127.0.0.1', port: 0, socket: { open: peer.resolve, data() {} } })
  ends.push(() => server.stop(true))
  const client = new Reader(connectTo(dispatcher, { address: { ...address, port: server.port }, bufferLimit: 0 }))
  await until(() => client.connection.state === 'open')
  const socket = await peer.promise
  socket.write('early answer')
  socket.terminate()
  client.connection.write('a request')
  client.connection.flush()
  expect(client.bytes).toBe(0)
  await until(() => client.closed !== '')
  expect(client.bytes).toBe('early answer'.length)
  expect(client.closed).toMatch(/^remote-close (ECONNRESET|EPIPE)$/)
})

test('without a descriptor left the acceptor waits, then goes on; the processor is left alone', async () => {
  const here = (path: string) => JSON.stringify(join(import.meta.dir, path))
  const program = `
    const { LiveDispatcher } = await import(${here('../event/live-dispatcher.ts')})
    const { startAccepting } = await import(${here('acceptor.ts')})
    const { bindListenSocket } = await import(${here('listen-socket.ts')})
    const { parseIpAddress } = await import(${here('address.ts')})
    const dispatcher = new LiveDispatcher('main_thread')
    const bound = bindListenSocket(parseIpAddress('127.0.0.1', 0), { reusePort: false, options: [] })
    let accepted = 0
    startAccepting(bound.fd, -1, { dispatcher, onAccept: (c) => { accepted++; c.write('x'); c.close('flush-write') } })
    const { openSync, closeSync } = await import('node:fs')
    const taken = []
    try { for (;;) taken.push(openSync('/dev/null')) } catch {}
    console.log(bound.address.port)
    await Bun.sleep(400)
    const { user, system } = process.cpuUsage()
    await Bun.sleep(300)
    const after = process.cpuUsage()
    for (const fd of taken) closeSync(fd)
    while (accepted === 0) await Bun.sleep(10)
    console.log(after.user + after.system - user - system < 150_000 ? 'calm' : 'busy')
    process.exit(0)`
  const child = Bun.spawn(['sh', '-c', 'ulimit -n 64; exec "$0" -e "$1"', process.execPath, program], {
    stdout: 'pipe',
  })
  const reader = child.stdout.getReader()
  const decoder = new TextDecoder()
  const port = Number(decoder.decode((await reader.read()).value))
  const got = Promise.withResolvers<string>()
  await Bun.connect({
    hostname: '127.0.0.1',
    port,
    socket: { data: (_socket, bytes) => got.resolve(bytes.toString()) },
  })
  expect(await got.promise).toBe('x')
  expect(decoder.decode((await reader.read()).value)).toBe('calm\n')
  expect(await child.exited).toBe(0)
})

test('a descriptor that cannot be waited for closes its connection, connected or not', () => {
  const dispatcher = new LiveDispatcher('main_thread')
  ends.push(() => dispatcher.close())
  const address = parseIpAddress('127.0.0.1', 1)
  const thread = dispatcher.local(ThreadSockets)
  const readers = (['open', 'connecting'] as const).map((state) => {
    const connection = new SocketConnection(thread, new SocketInfo(address, address), state)
    connection.setSocket(new StreamSocket(thread, openSync('/dev/null', 'r'), connection, state))
    return new Reader(connection)
  })
  return until(() => readers.every(({ closed }) => closed === 'remote-close EPERM'))
})
