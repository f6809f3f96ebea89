/* What this room relies on in the runtime beyond its documentation. A red test here after an update of Bun says where. */
import { expect, test } from 'bun:test'
import { join } from 'node:path'
import { getSocketOption } from '../platform/socket-calls.ts'
import { LiveDispatcher } from '../event/live-dispatcher.ts'
import { parseIpAddress } from './address.ts'
import { startAccepting } from './acceptor.ts'
import { connectTo } from './client-connection.ts'
import { bindListenSocket } from './listen-socket.ts'

test('runtime: what a handler throws ends the process', async () => {
  const here = (path: string) => JSON.stringify(join(import.meta.dir, path))
  const program = `
    const { LiveDispatcher } = await import(${here('../event/live-dispatcher.ts')})
    const { startAccepting } = await import(${here('acceptor.ts')})
    const { bindListenSocket } = await import(${here('listen-socket.ts')})
    const { connectTo } = await import(${here('client-connection.ts')})
    const { parseIpAddress } = await import(${here('address.ts')})
    const dispatcher = new LiveDispatcher('main_thread')
    const bound = bindListenSocket(parseIpAddress('127.0.0.1', 0), { reusePort: false, options: [] })
    const onData = () => { throw new Error('our bug') }
    startAccepting(bound.fd, -1, { dispatcher, onAccept: (c) => c.addReadFilter({ onNewConnection: () => 'continue', onData }) })
    connectTo(dispatcher, { address: bound.address, bufferLimit: 0 }).write('x')
    setTimeout(() => process.exit(0), 3000)`
  const child = Bun.spawn([process.execPath, '-e', program], { stderr: 'pipe', stdout: 'ignore' })
  const text = await new Response(child.stderr).text()
  expect(await child.exited).toBe(1)
  expect(text).toContain('our bug')
})

test('runtime: adopted sockets do not wait to fill segments (TCP_NODELAY)', async () => {
  const dispatcher = new LiveDispatcher('main_thread')
  const bound = bindListenSocket(parseIpAddress('127.0.0.1', 0), { reusePort: false, options: [] })
  if (!bound.ok || bound.address.kind !== 'ip') throw new Error('no socket')
  const noDelay: (number | undefined)[] = []
  let acceptedFd = -1
  const acceptor = startAccepting(bound.fd, 3, {
    dispatcher,
    onAccept(connection) {
      acceptedFd = connection.fd
    },
  })
  const client = connectTo(dispatcher, { address: bound.address, bufferLimit: 0 })
  while (acceptedFd < 0 || client.state !== 'open') await Bun.sleep(1)
  for (const fd of [acceptedFd, client.fd]) noDelay.push(getSocketOption(fd, 6, 1))
  expect(noDelay).toEqual([1, 1])
  client.close('no-flush')
  acceptor.stop()
  dispatcher.close()
})
