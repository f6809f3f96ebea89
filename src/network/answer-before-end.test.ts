import type { LargeBuffer } from '../platform/native-buffer.ts'
import { expect, test } from 'bun:test'
import type { ByteQueue } from '../base/byte-queue.ts'
import { SimulatedDispatcher } from '../event/simulated-dispatcher.ts'
import { parseIpAddress } from './address.ts'
import { SocketConnection } from './connection.ts'
import { SocketInfo } from './connection-info.ts'
import { createFilterChain } from './filter-chain.ts'
import type { NativeSocket } from './native-socket.ts'
import { ThreadSockets } from './thread-sockets.ts'

/** Writes down what was done to it. */
class RecordedSocket implements NativeSocket {
  readonly fd = 1
  readonly localAddress = undefined
  readonly calls: string[] = []

  write(bytes: Uint8Array, length = bytes.length): number {
    this.calls.push(`write ${Buffer.from(bytes).toString('latin1', 0, length)}`)
    return length
  }

  writePart({ bytes }: LargeBuffer, from: number, length: number): number {
    return this.write(bytes.subarray(from), length)
  }

  pause(): void {}

  resume(): void {}

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

test.each(['flush-write', 'flush-write-and-delay', undefined] as const)(
  'an answer is sent although the peer ended in the turn in which it asked (close: %p)',
  (close) => {
    const dispatcher = new SimulatedDispatcher()
    const thread = new ThreadSockets(dispatcher)
    const address = parseIpAddress('127.0.0.1', 1)
    const connection = new SocketConnection(thread, new SocketInfo(address, address), 'open')
    const socket = new RecordedSocket()
    connection.setSocket(socket)
    connection.setDelayedCloseTimeout(1000)
    createFilterChain(connection, [
      (builder) =>
        builder.addReadFilter({
          onNewConnection: () => 'continue',
          onData(data: ByteQueue) {
            if (data.length > 0) {
              connection.write('answer')
              if (close !== undefined) connection.close(close)
            }
            data.clear()
            return 'stop'
          },
        }),
    ])
    thread.deliver(connection, Buffer.from('question'))
    thread.enter()
    connection.onNativeEnd()
    thread.leave()
    dispatcher.advance(0)
    expect(socket.calls).toEqual(['write answer', 'end'])
  },
)
