/** Memory of a fresh process: at start, with idle connections, after many connections. */
import type { Contestant } from './contestant.ts'
import { rssBytes } from './contestant.ts'
import { wrk } from './load.ts'

const IDLE_CONNECTIONS = 5000

export const MEMORY_METRICS = [
  'RSS MB at start',
  'RSS MB with idle connections',
  'bytes/idle connection',
  'RSS MB after many connections',
] as const

/** Each idle connection has carried one request. */
export async function measureMemory(contestant: Contestant): Promise<readonly number[]> {
  const { pid, ports } = contestant
  await Bun.sleep(300)
  const start = rssBytes(pid)
  const sockets = await openIdle(ports.http, IDLE_CONNECTIONS)
  await Bun.sleep(1000)
  const idle = rssBytes(pid)
  for (const socket of sockets) socket.end()
  await Bun.sleep(500)
  await wrk({ url: `http://127.0.0.1:${ports.http}/`, connections: 64, seconds: 8, headers: { Connection: 'close' } })
  await Bun.sleep(500)
  const mb = 1e6
  return [start / mb, idle / mb, (idle - start) / IDLE_CONNECTIONS, rssBytes(pid) / mb]
}

async function openIdle(port: number, count: number): Promise<{ end(): void }[]> {
  const sockets: { end(): void }[] = []
  // In groups, so that no accept queue overflows.
  while (sockets.length < count) {
    const group = Math.min(100, count - sockets.length)
    sockets.push(...(await Promise.all(Array.from({ length: group }, async () => openOne(port)))))
  }
  return sockets
}

function openOne(port: number): Promise<{ end(): void }> {
  return new Promise((resolve, reject) => {
    Bun.connect({
      hostname: '127.0.0.1',
      port,
      socket: {
        open: (socket) => void socket.write('GET / HTTP/1.1\r\nHost: a\r\n\r\n'),
        data: (socket) => resolve(socket),
        error: (_, error) => reject(error),
        connectError: (_, error) => reject(error),
      },
    }).catch(() => {})
  })
}
