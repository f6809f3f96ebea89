import { afterEach, expect, test } from 'bun:test'
import { rawClient } from '../../test/support/raw-client.ts'
import type { ListenerFilter, ListenerFilterBuffer, ListenerFilterCallbacks } from '../api/listener-filter.ts'
import type { FilterStatus } from '../api/network.ts'
import { LiveDispatcher } from '../event/live-dispatcher.ts'
import type { Acceptor } from '../network/acceptor.ts'
import { startAccepting } from '../network/acceptor.ts'
import { parseIpAddress } from '../network/address.ts'
import type { SocketConnection } from '../network/connection.ts'
import { createFilterChain } from '../network/filter-chain.ts'
import { bindListenSocket } from '../network/listen-socket.ts'
import type { ActiveListenerFilter, ActiveSocketOwner } from './active-socket.ts'
import { ActiveSocket } from './active-socket.ts'

const latin1 = (bytes: Uint8Array): string => Buffer.from(bytes).toString('latin1')

/** Says 'continue' once it has seen so many bytes; takes some of them away then. */
class Waits implements ListenerFilter {
  maxReadBytes: number
  readonly seen: string[] = []
  callbacks: ListenerFilterCallbacks | undefined = undefined
  closed = 0
  readonly #enough: number
  readonly #drains: number

  constructor(enough: number, drains = 0, maxReadBytes = enough) {
    this.#enough = enough
    this.#drains = drains
    this.maxReadBytes = maxReadBytes
  }

  onAccept(callbacks: ListenerFilterCallbacks): FilterStatus {
    this.callbacks = callbacks
    return 'stop'
  }

  onData(buffer: ListenerFilterBuffer): FilterStatus {
    this.seen.push(latin1(buffer.bytes))
    if (buffer.bytes.length < this.#enough) {
      this.maxReadBytes = this.#enough
      return 'stop'
    }
    if (this.#drains > 0) buffer.drain(this.#drains)
    return 'continue'
  }

  onClose(): void {
    this.closed++
  }
}

const dispatchers: { dispatcher: LiveDispatcher; acceptor: Acceptor }[] = []

afterEach(() => {
  for (const { dispatcher, acceptor } of dispatchers.splice(0)) {
    acceptor.stop()
    dispatcher.close()
  }
})

interface Listening {
  readonly port: number
  /** What happened, in order. */
  readonly events: string[]
  /** Bytes that network filters got. */
  received(): string
}

function listen(filters: readonly ListenerFilter[], fields: Partial<ActiveSocketOwner> = {}): Listening {
  const dispatcher = new LiveDispatcher('worker_0')
  const bound = bindListenSocket(parseIpAddress('127.0.0.1', 0), { options: [], reusePort: false })
  if (!bound.ok || bound.address.kind !== 'ip') throw new Error('not bound')
  const events: string[] = []
  let received = ''
  const serve = (connection: SocketConnection): void => {
    createFilterChain(connection, [
      (builder) =>
        builder.addReadFilter({
          onNewConnection: () => 'continue',
          onData(data) {
            if (data.length > 0) received += latin1(data.linearize())
            data.clear()
            connection.write('.')
            return 'stop'
          },
        }),
    ])
  }
  const owner: ActiveSocketOwner = {
    filtersTimeoutMs: 20_000,
    continuesOnTimeout: false,
    onTimeout: () => void events.push('timeout'),
    onMissingFilter: () => void events.push('missing filter'),
    onFiltered: (socket) => {
      events.push('filtered')
      serve(socket.connection)
    },
    onEnded: (_socket, how) => void events.push(how),
    ...fields,
  }
  const active = filters.map((filter): ActiveListenerFilter => ({ factory: () => filter, isDisabled: undefined }))
  const acceptor = startAccepting(bound.fd, 16, {
    dispatcher,
    onAccept: (connection) => new ActiveSocket(connection, active, false, owner).start(),
  })
  dispatchers.push({ dispatcher, acceptor })
  return { port: bound.address.port, events, received: () => received }
}

async function until(done: () => boolean): Promise<void> {
  for (let turn = 0; turn < 2000 && !done(); turn++) await Bun.sleep(1)
  expect(done()).toBe(true)
}

test('listener filters: bytes are shown in one piece, drained ones are gone, the rest comes whole and in order', async () => {
  const first = new Waits(4, 2)
  const second = new Waits(6)
  const listening = listen([first, second])
  using client = await rawClient(listening.port)
  for (const byte of 'abcdefgh') {
    client.write(byte)
    await Bun.sleep(2)
  }
  await until(() => listening.received() === 'cdefgh')
  expect(first.seen.at(-1)).toBe('abcd')
  expect(second.seen[0]).toBe('cd')
  expect(second.seen.at(-1)).toBe('cdefgh')
  expect(listening.events).toEqual(['filtered'])
})

test('listener filters: a filter sees no more than it asks for, and at once what it asks for in addition', async () => {
  const grows = new Waits(5, 0, 2)
  const listening = listen([grows])
  using client = await rawClient(listening.port)
  client.write('abcdefgh')
  await until(() => listening.received() === 'abcdefgh')
  expect(grows.seen).toEqual(['ab', 'abcde'])
})

test('listener filters: the client goes away, in good order or not', async () => {
  const waits = new Waits(10)
  const listening = listen([waits])
  using client = await rawClient(listening.port)
  client.write('abc')
  await until(() => waits.seen.length === 1)
  client.end()
  await until(() => listening.events.length === 1)
  expect(listening.events).toEqual(['remote-close'])
  expect(waits.closed).toBe(1)
  expect(waits.seen).toEqual(['abc'])
})

test('listener filters: out of time, the connection closes', async () => {
  const listening = listen([new Waits(10)], { filtersTimeoutMs: 30 })
  using client = await rawClient(listening.port)
  client.write('abc')
  await client.closed()
  expect(listening.events).toEqual(['timeout', 'closed'])
  expect(listening.received()).toBe('')
})

test('listener filters: out of time, the connection goes on where that is wanted', async () => {
  const listening = listen([new Waits(10)], { filtersTimeoutMs: 30, continuesOnTimeout: true })
  using client = await rawClient(listening.port)
  client.write('abc')
  await client.until('.')
  client.write('def')
  await until(() => listening.received() === 'abcdef')
  expect(listening.events).toEqual(['timeout', 'filtered'])
})

test('listener filters: one that waits for something else than bytes goes on when it likes', async () => {
  const waits = new Waits(0)
  const listening = listen([waits, new Waits(3)])
  using client = await rawClient(listening.port)
  client.write('abcdef')
  await until(() => waits.callbacks !== undefined)
  await Bun.sleep(20)
  expect(listening.received()).toBe('')
  waits.callbacks?.continueFilterChain(true)
  await until(() => listening.received() === 'abcdef')
  expect(listening.events).toEqual(['filtered'])
})

test('listener filters: one that refuses ends it all', async () => {
  const refuses: ListenerFilter = {
    maxReadBytes: 0,
    onAccept: (callbacks) => {
      callbacks.close()
      return 'stop'
    },
  }
  const later = new Waits(1)
  const listening = listen([refuses, later])
  using client = await rawClient(listening.port)
  await client.closed()
  expect(listening.events).toEqual(['closed'])
  expect(later.callbacks).toBeUndefined()
})
