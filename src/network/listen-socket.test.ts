import { afterAll, expect, test } from 'bun:test'
import { mkdtempSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Address } from '../api/network.ts'
import { LiveDispatcher } from '../event/live-dispatcher.ts'
import { getSocketOption } from '../platform/socket-calls.ts'
import type { Acceptor } from './acceptor.ts'
import { startAccepting } from './acceptor.ts'
import { parseIpAddress, pipeAddress } from './address.ts'
import { connectTo } from './client-connection.ts'
import type { SocketConnection } from './connection.ts'
import { bindListenSocket, closeListenSocket, duplicateListenSocket } from './listen-socket.ts'
import type { ListenSocketOptions } from './listen-socket.ts'

const folder = mkdtempSync(join(tmpdir(), 'nuncio-listen-'))
afterAll(() => rmSync(folder, { recursive: true }))

const ANY_PORT = parseIpAddress('127.0.0.1', 0)
const ALONE: ListenSocketOptions = { reusePort: false, options: [] }
const SHARED: ListenSocketOptions = { reusePort: true, options: [] }

function bind(address: Address, options = ALONE): { fd: number; address: Address } {
  const socket = bindListenSocket(address, options)
  if (!socket.ok) throw new Error(socket.message)
  return socket
}

test('listen socket: a port in use, an address that is not ours and a missing folder fail as Envoy says', () => {
  const first = bind(ANY_PORT)
  // A socket that is bound but does not listen yet is in the way only without SO_REUSEADDR: listening makes it so.
  const dispatcher = new LiveDispatcher('main_thread')
  const acceptor = startAccepting(first.fd, -1, { dispatcher, onAccept: () => {} })
  expect(bindListenSocket(first.address, ALONE)).toMatchObject({
    ok: false,
    errno: 98,
    message: `cannot bind '${first.address.text}': Address already in use`,
  })
  acceptor.stop()
  dispatcher.close()
  expect(bindListenSocket(parseIpAddress('192.0.2.1', 7), ALONE)).toMatchObject({
    message: "cannot bind '192.0.2.1:7': Cannot assign requested address",
  })
  const lost = join(folder, 'none/pipe')
  expect(bindListenSocket(pipeAddress(lost, 0), ALONE)).toMatchObject({
    message: `cannot bind '${lost}': No such file or directory`,
  })
})

test('listen socket: options that the system refuses say so; others are set', () => {
  const option = { level: 1, name: 9999, value: 1, family: undefined, state: 'STATE_PREBIND' } as const
  expect(bindListenSocket(ANY_PORT, { reusePort: false, options: [option] })).toMatchObject({
    message: 'ListenSocket: Setting socket options failed',
    optionFailure: 'Setting 1/9999 option on socket failed: Protocol not available',
  })
  const late = { ...option, state: 'STATE_BOUND' } as const
  expect(bindListenSocket(ANY_PORT, { reusePort: false, options: [late], listenerName: 'l1' })).toMatchObject({
    message: 'l1: Setting socket options failed',
  })
  const receiveBuffer = { ...option, name: 8, value: 65536 }
  const other = { ...option, family: 6 } as const
  const { fd } = bind(ANY_PORT, { reusePort: false, options: [receiveBuffer, other] })
  expect(getSocketOption(fd, 1, 8)).toBe(2 * 65536)
  expect(getSocketOption(fd, 1, 2)).toBe(1)
  closeListenSocket(fd)
})

test('listen socket: a pipe is replaced, gets its mode and serves; so does an abstract name', async () => {
  const path = join(folder, 'pipe')
  closeListenSocket(bind(pipeAddress(path, 0)).fd)
  const again = bind(pipeAddress(path, 0o600))
  expect(statSync(path).mode & 0o777).toBe(0o600)
  const [client] = await expectEcho([again.fd], again.address)
  expect([client!.info.localAddress.text, client!.info.directRemoteAddress.text]).toEqual([path, path])
  const abstract = bind(pipeAddress(`@nuncio-test-${process.pid}`, 0))
  await expectEcho([abstract.fd], abstract.address)
})

test('listen socket: IPv6 serves IPv4 only with ipv4_compat, and shows such a peer as IPv4', async () => {
  const both = bind({ ...parseIpAddress('::', 0), ipv4Compat: true })
  expect(both.address).toMatchObject({ ipv4Compat: true, ip: '::' })
  if (both.address.kind !== 'ip') throw new Error('not an IP address')
  const accepted = await expectEcho([both.fd], parseIpAddress('127.0.0.1', both.address.port))
  expect(accepted[0]!.info.localAddress.text).toBe(`127.0.0.1:${both.address.port}`)
  expect(accepted[0]!.info.remoteAddress.text).toMatch(/^127\.0\.0\.1:/)
  const only = bind(parseIpAddress('::1', 0))
  const [six] = await expectEcho([only.fd], only.address)
  expect(six!.info.remoteAddress.text).toMatch(/^\[::1\]:/)
})

test('listen socket: with SO_REUSEPORT port 0 is one port for all, and the kernel spreads connections', async () => {
  const first = bind(ANY_PORT, SHARED)
  const second = bind(first.address, SHARED)
  expect(second.address.text).toBe(first.address.text)
  await expectEcho([first.fd, second.fd], first.address, 40)
})

test('listen socket: a duplicate serves the same socket', async () => {
  const first = bind(ANY_PORT)
  const copy = duplicateListenSocket(first.fd)
  if (!copy.ok) throw new Error(copy.message)
  closeListenSocket(first.fd)
  await expectEcho([copy.fd], first.address)
})

test('acceptor: stopping closes the port at once and leaves connections alone', async () => {
  const dispatcher = new LiveDispatcher('worker_0')
  const bound = bind(ANY_PORT)
  let accepted: SocketConnection | undefined
  const acceptor = startAccepting(bound.fd, 5, {
    dispatcher,
    onAccept(connection) {
      accepted = connection
    },
  })
  const client = connectTo(dispatcher, { address: bound.address, bufferLimit: 0 })
  await until(() => accepted !== undefined && client.state === 'open')
  acceptor.stop()
  acceptor.stop()
  const late = connectTo(dispatcher, { address: bound.address, bufferLimit: 0 })
  await until(() => late.state === 'closed')
  expect(late.transportFailureReason).toBe('delayed connect error: Connection refused')
  expect([client.state, accepted!.state]).toEqual(['open', 'open'])
  client.close('no-flush')
  await until(() => accepted!.state === 'closed')
  dispatcher.close()
})

/** Each connection is greeted by the acceptor of its socket; all acceptors get some. */
async function expectEcho(fds: readonly number[], address: Address, connections = 1): Promise<SocketConnection[]> {
  const dispatcher = new LiveDispatcher('main_thread')
  const accepted: SocketConnection[][] = fds.map(() => [])
  const acceptors: Acceptor[] = fds.map((fd, i) =>
    startAccepting(fd, -1, {
      dispatcher,
      onAccept(connection) {
        accepted[i]!.push(connection)
        connection.write('hello')
      },
    }),
  )
  let greeted = 0
  const clients = Array.from({ length: connections }, () => {
    const client = connectTo(dispatcher, { address, bufferLimit: 0 })
    client.addReadFilter({
      onNewConnection: () => 'continue',
      onData(data) {
        greeted += data.length / 5
        data.clear()
        return 'stop'
      },
    })
    return client
  })
  await until(() => greeted === connections)
  for (const each of accepted) expect(each.length).toBeGreaterThan(0)
  for (const client of clients) client.close('no-flush')
  await until(() => accepted.flat().every((connection) => connection.state === 'closed'))
  for (const acceptor of acceptors) acceptor.stop()
  dispatcher.close()
  return accepted.flat()
}

async function until(condition: () => boolean): Promise<void> {
  for (let i = 0; i < 500; i++) {
    if (condition()) return
    await Bun.sleep(i < 50 ? 0 : 2)
  }
  throw new Error('it did not happen')
}
