/* Delayed close and what a connection does with its socket, by a socket that is a script and a clock that is a toy. */
import type { LargeBuffer } from '../platform/native-buffer.ts'
import { expect, test } from 'bun:test'
import type { ConnectionEvent } from '../api/network.ts'
import { SimulatedDispatcher } from '../event/simulated-dispatcher.ts'
import { parseIpAddress } from './address.ts'
import { SocketConnection } from './connection.ts'
import { SocketInfo } from './connection-info.ts'
import type { NativeSocket } from './native-socket.ts'
import { ThreadSockets } from './thread-sockets.ts'

/** Takes `room` bytes and then no more. */
class ScriptedSocket implements NativeSocket {
  readonly fd = 1
  readonly localAddress = undefined
  readonly calls: string[] = []
  sent = ''
  room = Infinity

  write(bytes: Uint8Array, length = bytes.length): number {
    const taken = Math.min(length, this.room)
    this.room -= taken
    this.sent += Buffer.from(bytes.subarray(0, taken)).toString('latin1')
    this.calls.push(`write ${length}`)
    return taken
  }

  writePart({ bytes }: LargeBuffer, from: number, length: number): number {
    return this.write(bytes.subarray(from), length)
  }

  pause(): void {
    this.calls.push('pause')
  }

  resume(): void {
    this.calls.push('resume')
  }

  shutdown(): void {
    this.calls.push('shutdown')
  }

  end(): void {
    this.calls.push('end')
  }

  terminate(): void {
    this.calls.push('terminate')
  }
}

/** Its turns may last. */
class SlowDispatcher extends SimulatedDispatcher {
  turnLastsMs = 0

  override preciseNow(): number {
    return super.preciseNow() + this.turnLastsMs
  }
}

class Bench {
  readonly dispatcher = new SlowDispatcher()
  readonly socket = new ScriptedSocket()
  readonly connection: SocketConnection
  readonly events: ConnectionEvent[] = []
  readonly gauges = { rx: 0, tx: 0 }
  received = 0
  timeouts = 0
  sentTotal = 0

  constructor() {
    const address = parseIpAddress('127.0.0.1', 1)
    const thread = this.dispatcher.local(ThreadSockets)
    this.connection = new SocketConnection(thread, new SocketInfo(address, address), 'open')
    this.connection.setSocket(this.socket)
    this.connection.addCallbacks({
      onEvent: (event) => this.events.push(event),
      onAboveHighWatermark: () => {},
      onBelowLowWatermark: () => {},
    })
    this.connection.addReadFilter({
      onNewConnection: () => 'continue',
      onData: (data) => {
        this.received += data.length
        data.clear()
        return 'stop'
      },
    })
    const gauge = (name: 'rx' | 'tx') => ({
      inc: () => {},
      dec: () => {},
      set: () => {},
      value: 0,
      add: (n: number) => (this.gauges[name] += n),
      sub: (n: number) => (this.gauges[name] -= n),
    })
    this.connection.setConnectionStats({
      rxTotal: { value: 0, inc: () => {}, add: () => {} },
      txTotal: { value: 0, inc: () => {}, add: (n) => (this.sentTotal += n) },
      rxBuffered: gauge('rx'),
      txBuffered: gauge('tx'),
      delayedCloseTimeouts: { value: 0, inc: () => this.timeouts++, add: () => {} },
    })
  }
}

test('delayed close: waits for the peer after the flush, then closes and counts', () => {
  const bench = new Bench()
  const { dispatcher, socket, connection, events } = bench
  connection.setDelayedCloseTimeout(1000)
  connection.write('bye')
  connection.close('flush-write-and-delay')
  expect(connection.state).toBe('closing')
  dispatcher.advance(999)
  expect([socket.calls, events]).toEqual([['write 3'], []])
  dispatcher.advance(1)
  expect([socket.calls, events]).toEqual([['write 3', 'end'], ['local-close']])
  expect(bench.timeouts).toBe(1)
})

test('delayed close: the time begins when the bytes left, however long the turn of the loop has lasted', () => {
  const { dispatcher, connection, events } = new Bench()
  connection.setDelayedCloseTimeout(50)
  connection.write('bye')
  dispatcher.turnLastsMs = 80
  connection.close('flush-write-and-delay')
  dispatcher.advance(100)
  expect(events).toEqual([])
  dispatcher.advance(50)
  expect(events).toEqual(['local-close'])
})

test('delayed close: the peer that closes first ends it; what it still sends is dropped', () => {
  const bench = new Bench()
  const { dispatcher, connection, events } = bench
  connection.setDelayedCloseTimeout(1000)
  connection.close('flush-write-and-delay')
  dispatcher.advance(500)
  connection.onNativeData(new Uint8Array(7))
  expect(bench.received).toBe(0)
  connection.onNativeEnd()
  expect(events).toEqual(['remote-close'])
  dispatcher.advance(5000)
  expect([events.length, bench.timeouts, dispatcher.armedTimers]).toEqual([1, 0, 0])
})

test('delayed close: progress in writing starts the time anew, none of it ends the connection', () => {
  const bench = new Bench()
  const { dispatcher, socket, connection, events } = bench
  connection.setDelayedCloseTimeout(1000)
  socket.room = 2
  connection.write('abcdef')
  connection.close('flush-write')
  dispatcher.advance(900)
  expect([socket.sent, bench.gauges.tx]).toEqual(['ab', 4])
  socket.room = 2
  connection.onNativeDrain()
  dispatcher.advance(900)
  expect([socket.sent, events.length]).toEqual(['abcd', 0])
  dispatcher.advance(100)
  expect([events, bench.timeouts, bench.gauges.tx, bench.sentTotal]).toEqual([['local-close'], 1, 0, 4])
})

test('delayed close: without a timeout the flush is the end', () => {
  const { dispatcher, socket, connection, events } = new Bench()
  connection.write('abc')
  connection.close('flush-write-and-delay')
  dispatcher.advance(0)
  expect([socket.calls, events]).toEqual([['write 3', 'end'], ['local-close']])
})

test('connection: no-flush tries once; abort-reset does not', () => {
  const gentle = new Bench()
  gentle.socket.room = 1
  gentle.connection.write('abc')
  gentle.connection.close('no-flush')
  expect([gentle.socket.calls, gentle.socket.sent]).toEqual([['write 3', 'end'], 'a'])
  const harsh = new Bench()
  harsh.connection.write('abc')
  harsh.connection.close('abort-reset')
  expect(harsh.socket.calls).toEqual(['terminate'])
})

test('connection: the socket is paused only when bytes come that nobody wants', () => {
  const bench = new Bench()
  const { dispatcher, socket, connection } = bench
  connection.readDisable(true)
  connection.readDisable(false)
  dispatcher.advance(0)
  expect(socket.calls).toEqual([])
  connection.readDisable(true)
  connection.onNativeData(new Uint8Array(3))
  connection.onNativeData(new Uint8Array(4))
  expect([socket.calls, bench.received]).toEqual([['pause'], 0])
  connection.readDisable(false)
  expect([socket.calls, bench.received]).toEqual([['pause', 'resume'], 0])
  dispatcher.advance(0)
  expect(bench.received).toBe(7)
})

test('connection: a small body leaves with its head in one write, a large one by reference', () => {
  const { dispatcher, socket, connection } = new Bench()
  connection.write('head')
  connection.write(new Uint8Array(1000))
  connection.write(new Uint8Array(40_000))
  connection.write('x'.repeat(200_000))
  connection.write('\xff')
  dispatcher.advance(0)
  expect(socket.calls).toEqual(['write 1004', 'write 40000', 'write 200000', 'write 1'])
  expect(socket.sent.endsWith('x\xff')).toBe(true)
})

test('connection: nothing is written before the kernel has room again', () => {
  const { dispatcher, socket, connection } = new Bench()
  socket.room = 2
  connection.write('ab')
  connection.write('cd')
  dispatcher.advance(0)
  connection.write('ef')
  dispatcher.advance(0)
  expect([socket.sent, socket.calls]).toEqual(['ab', ['write 4']])
  socket.room = Infinity
  connection.onNativeDrain()
  expect([socket.sent, socket.calls]).toEqual(['abcdef', ['write 4', 'write 4']])
})

test('connection: what is written when the buffer has drained leaves, too', () => {
  const { dispatcher, socket, connection } = new Bench()
  connection.setBufferLimit(4)
  connection.addCallbacks({
    onEvent: () => {},
    onAboveHighWatermark: () => {},
    onBelowLowWatermark: () => connection.write('more'),
  })
  socket.room = 2
  connection.write('abcdef')
  dispatcher.advance(0)
  socket.room = Infinity
  connection.onNativeDrain()
  dispatcher.advance(0)
  expect(socket.sent).toBe('abcdefmore')
  expect(connection.bufferedBytes).toBe(0)
})
