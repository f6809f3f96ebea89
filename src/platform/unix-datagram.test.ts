import { describe, expect, test } from 'bun:test'
import { existsSync, mkdtempSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { closeDescriptor, createStreamSocket, getSocketOption } from './socket-calls.ts'
import { SOL_SOCKET } from './socket-constants.ts'
import type { UnixDatagramSocket } from './unix-datagram.ts'
import { bindUnixDatagram, datagramPeerExists } from './unix-datagram.ts'

const SO_TYPE = 3
const ECONNREFUSED = 111
const EADDRINUSE = 98
const name = (suffix: string): string => `@nuncio_test_${process.pid}_${suffix}`

function bind(path: string, mode = 0): UnixDatagramSocket {
  const bound = bindUnixDatagram(path, mode)
  if (!bound.ok) throw new Error(`errno ${bound.errno}`)
  return bound.socket
}

describe.if(process.platform === 'linux')('unix datagrams', () => {
  test('bytes and a descriptor arrive, with the user that sent them', () => {
    const [one, two] = [bind(name('one')), bind(name('two'))]
    const passed = createStreamSocket({ kind: 'ip', family: 4, ip: '127.0.0.1', port: 0, text: '127.0.0.1:0' })
    expect(one.send(name('two'), Uint8Array.of(1, 2, 3), passed)).toBe(0)
    expect(one.send(name('two'), new Uint8Array(4096).fill(9))).toBe(0)
    const first = two.receive(0)
    expect([...(first?.bytes ?? [])]).toEqual([1, 2, 3])
    expect(first?.uid).toBe(process.getuid?.() ?? -1)
    expect(first?.fd).not.toBe(passed)
    expect(getSocketOption(first?.fd ?? -1, SOL_SOCKET, SO_TYPE)).toBe(1)
    const second = two.receive(0)
    expect([second?.bytes.length, second?.fd]).toEqual([4096, undefined])
    expect(two.receive(5)).toBeUndefined()
    for (const fd of [passed, first?.fd ?? -1]) closeDescriptor(fd)
    one.close()
    two.close()
  })

  test('a name is taken once, and nobody is behind one that is not', () => {
    const socket = bind(name('taken'))
    expect(bindUnixDatagram(name('taken'), 0)).toEqual({ ok: false, errno: EADDRINUSE })
    expect(datagramPeerExists(name('taken'))).toBe(true)
    socket.close()
    expect(datagramPeerExists(name('taken'))).toBe(false)
    const sender = bind(name('sender'))
    expect(sender.send(name('taken'), Uint8Array.of(1))).toBe(ECONNREFUSED)
    sender.close()
    expect(bindUnixDatagram(`/${'x'.repeat(200)}`, 0)).toMatchObject({ ok: false })
  })

  test('a path has its mode from the start, and goes with its socket', () => {
    const folder = mkdtempSync(join(tmpdir(), 'nuncio-datagram-'))
    const path = join(folder, 'socket')
    const socket = bind(path, 0o640)
    expect(statSync(path).mode & 0o777).toBe(0o640)
    socket.close()
    expect(existsSync(path)).toBe(false)
    rmSync(folder, { recursive: true })
  })

  test('a receiver that does not read stops the sender for a second at most', () => {
    const [one, two] = [bind(name('full')), bind(name('sender2'))]
    const began = performance.now()
    let error = 0
    for (let sent = 0; error === 0 && sent < 10_000; sent++) error = two.send(name('full'), new Uint8Array(4096))
    expect(error).toBe(11)
    expect(performance.now() - began).toBeLessThan(3000)
    one.close()
    two.close()
  })

  test('a signal tells that something came', async () => {
    const [one, two] = [bind(name('signalled')), bind(name('sender3'))]
    const came = Promise.withResolvers<number>()
    const onSignal = (): void => came.resolve(one.receive(0)?.bytes.length ?? 0)
    process.on('SIGIO', onSignal)
    one.signalWhenReadable()
    two.send(name('signalled'), new Uint8Array(7))
    expect(await came.promise).toBe(7)
    one.close()
    process.off('SIGIO', onSignal)
    two.close()
  })
})
