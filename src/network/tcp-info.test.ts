import { expect, test } from 'bun:test'
import { LiveDispatcher } from '../event/live-dispatcher.ts'
import { rawServer } from '../../test/support/raw-client.ts'
import { parseIpAddress } from './address.ts'
import { connectTo } from './client-connection.ts'
import { TcpInfoSource } from './tcp-info.ts'

test('tells of a connection, also after its descriptor is gone', async () => {
  await using server = await rawServer((socket) => socket.write('hello!'))
  const connection = connectTo(new LiveDispatcher('main_thread'), {
    address: parseIpAddress('127.0.0.1', server.port),
    bufferLimit: 0,
  })
  let received = 0
  connection.addReadFilter({
    onNewConnection: () => 'continue',
    onData: (data) => {
      received += data.length
      data.clear()
      return 'stop'
    },
  })
  await until(() => connection.state === 'open')
  const source = TcpInfoSource.of(connection.fd)!
  connection.write('four')
  await until(() => received === 6)
  connection.close('no-flush')
  expect(connection.fd).toBe(-1)
  const info = source.read()!
  expect(info).toMatchObject({ bytesReceived: 6, dataSegmentsIn: 1 })
  expect(info.bytesSent).toBeGreaterThanOrEqual(4)
  expect(info.segmentsOut).toBeGreaterThanOrEqual(2)
  source.close()
})

test('no socket, no TCP socket', () => {
  expect(TcpInfoSource.of(-1)).toBeUndefined()
  const source = TcpInfoSource.of(2)!
  expect(source.read()).toBeUndefined()
  source.close()
})

async function until(holds: () => boolean): Promise<void> {
  for (const limit = performance.now() + 5000; !holds() && performance.now() < limit;) await Bun.sleep(2)
}
