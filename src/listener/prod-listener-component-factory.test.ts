import { afterEach, expect, test } from 'bun:test'
import { fstatSync, mkdtempSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Address } from '../api/network.ts'
import { parseIpAddress, pipeAddress } from '../network/address.ts'
import { closeListenSocket } from '../network/listen-socket.ts'
import { duplicateDescriptor } from '../platform/socket-calls.ts'
import type { ListenSockets, ListenTarget } from './listener-component-factory.ts'
import { ProdListenerComponentFactory } from './prod-listener-component-factory.ts'
import { socketKey } from './socket-key.ts'

const opened: number[] = []
afterEach(() => {
  for (const fd of opened.splice(0)) closeListenSocket(fd)
})

const ANY_PORT = parseIpAddress('127.0.0.1', 0)

/** Of an epoch with `count` workers, whose parent answers from `parent`; `asked`: what it was asked for. */
function epoch(address: Address, count: number, parent?: ListenSockets, reusePort = true) {
  const asked: string[] = []
  const inherit = (key: string, worker: number): number | undefined => {
    asked.push(`${key} ${worker}`)
    const fd = parent !== undefined && socketKey(parent.address) === key ? parent.fds[worker] : undefined
    return fd === undefined ? undefined : duplicateDescriptor(fd)
  }
  const target: ListenTarget = {
    name: 'l',
    address,
    reusePort,
    tcpBacklogSize: undefined,
    socketOptions: { options: [] },
  }
  const factory = new ProdListenerComponentFactory(inherit)
  const sockets = factory.createListenSockets(target, count)
  if (!sockets.ok) throw new Error(sockets.message)
  expect(factory.listen(sockets, target)).toBeUndefined()
  opened.push(...sockets.fds)
  return { sockets, asked }
}

/** Which sockets the descriptors are of. */
const socketsOf = ({ fds }: ListenSockets): number[] => fds.map((fd) => fstatSync(fd).ino)

test('workers have the sockets of their predecessors', () => {
  const parent = epoch(ANY_PORT, 2).sockets
  const { sockets } = epoch(parent.address, 2, parent)
  expect(new Set(socketsOf(parent)).size).toBe(2)
  expect(socketsOf(sockets)).toEqual(socketsOf(parent))
})

test('more workers than before: the rest have sockets of their own', () => {
  const parent = epoch(ANY_PORT, 1).sockets
  const { sockets } = epoch(parent.address, 3, parent)
  expect(socketsOf(sockets)[0]).toBe(socketsOf(parent)[0])
  expect(new Set(socketsOf(sockets)).size).toBe(3)
})

test('fewer workers than before: they have all sockets, also in the epoch after', () => {
  const parent = epoch(ANY_PORT, 3).sockets
  const child = epoch(parent.address, 1, parent).sockets
  expect(socketsOf(child)).toEqual(socketsOf(parent))
  expect(socketsOf(epoch(parent.address, 2, child).sockets)).toEqual(socketsOf(parent))
})

test('a shared socket stays the only one', () => {
  const parent = epoch(ANY_PORT, 2, undefined, false).sockets
  const { sockets } = epoch(parent.address, 3, parent, false)
  expect(new Set([...socketsOf(parent), ...socketsOf(sockets)]).size).toBe(1)
  expect(sockets.fds).toHaveLength(3)
})

test('a socket for each worker, then one for all: nobody’s is lost, and the epochs after have no more of them', () => {
  const parent = epoch(ANY_PORT, 3).sockets
  let { sockets } = epoch(parent.address, 2, parent, false)
  expect(socketsOf(sockets)).toEqual([0, 0, 1, 2].map((worker) => socketsOf(parent)[worker]!))
  sockets = epoch(parent.address, 2, sockets, false).sockets
  expect(sockets.fds).toHaveLength(4)
  expect(new Set(socketsOf(epoch(parent.address, 2, sockets).sockets))).toEqual(new Set(socketsOf(parent)))
})

test('one socket for all workers, then one for each: they share it, however many they are', () => {
  const parent = epoch(ANY_PORT, 2, undefined, false).sockets
  const { sockets } = epoch(parent.address, 4, parent)
  expect(new Set(socketsOf(sockets))).toEqual(new Set(socketsOf(parent)))
  expect(sockets.fds).toHaveLength(4)
})

test('an epoch before that does not answer is a failure, and what was taken is closed', () => {
  const parent = epoch(ANY_PORT, 2).sockets
  const taken: number[] = []
  const factory = new ProdListenerComponentFactory((_, worker) => {
    if (worker > 0) return { ok: false, message: 'silence' }
    taken.push(duplicateDescriptor(parent.fds[0]!))
    return taken[0]
  })
  const target = { name: 'l', reusePort: true, tcpBacklogSize: undefined, socketOptions: { options: [] } }
  const address = parent.address
  expect(factory.createListenSockets({ ...target, address }, 2)).toEqual({ ok: false, message: 'silence' })
  expect(() => fstatSync(taken[0]!)).toThrow()
})

test('pipes go over as they are, files and abstract ones', () => {
  const folder = mkdtempSync(join(tmpdir(), 'nuncio-pipe-'))
  try {
    for (const path of [join(folder, 'pipe'), `@${join(folder, 'abstract')}`]) {
      const parent = epoch(pipeAddress(path, 0), 2).sockets
      const file = path.startsWith('@') ? 0 : statSync(path).ino
      const { sockets, asked } = epoch(pipeAddress(path, 0), 1, parent)
      expect(asked).toEqual([`unix://${path} 0`])
      expect(socketsOf(sockets)).toEqual(socketsOf(parent).slice(1))
      if (file !== 0) expect(statSync(path).ino).toBe(file)
    }
  } finally {
    rmSync(folder, { recursive: true })
  }
})

test('a port that the system chose is nobody’s to inherit', () => {
  const parent = epoch(ANY_PORT, 2).sockets
  const { sockets, asked } = epoch(ANY_PORT, 2, parent)
  expect(asked[0]).toBe('tcp://127.0.0.1:0 0')
  expect(sockets.address.text).not.toBe(parent.address.text)
  expect(new Set([...socketsOf(parent), ...socketsOf(sockets)]).size).toBe(4)
})
