/* Bytes over a real socket: what tests write and read as a client, and a server that answers as it is told. */
import { connect, createServer, type Socket } from 'node:net'

export interface RawClient extends Disposable {
  write(text: string | Uint8Array): void
  /** Everything received so far, as latin1. */
  received(): string
  /** Waits until what was received matches; throws after `withinMs`. */
  until(pattern: RegExp | string, withinMs?: number): Promise<string>
  /** Waits for the peer's end of the connection. */
  closed(withinMs?: number): Promise<void>
  /** FIN from our side. */
  end(): void
  /** Stops and goes on reading. */
  pause(): void
  resume(): void
  destroy(): void
}

export async function rawClient(port: number, host = '127.0.0.1'): Promise<RawClient> {
  const socket = connect({ port, host, allowHalfOpen: true })
  await new Promise<void>((resolve, reject) => {
    socket.once('connect', resolve)
    socket.once('error', reject)
  })
  return clientOf(socket)
}

function clientOf(socket: Socket): RawClient {
  const chunks: Buffer[] = []
  let over = false
  let wake = (): void => {}
  socket.on('data', (chunk: Buffer) => {
    chunks.push(chunk)
    wake()
  })
  const end = (): void => {
    over = true
    wake()
  }
  socket.on('end', end)
  socket.on('close', end)
  socket.on('error', end)
  const received = (): string => Buffer.concat(chunks).toString('latin1')
  const until = async (done: () => boolean, withinMs: number, what: string): Promise<void> => {
    const limit = performance.now() + withinMs
    while (!done()) {
      const left = limit - performance.now()
      if (left <= 0) throw new Error(`${what} did not come; received: ${JSON.stringify(received())}`)
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, left)
        wake = () => {
          clearTimeout(timer)
          resolve()
        }
      })
    }
  }
  return {
    write: (text) => void socket.write(typeof text === 'string' ? Buffer.from(text, 'latin1') : text),
    received,
    until: async (pattern, withinMs = 20_000) => {
      const matches = (): boolean =>
        typeof pattern === 'string' ? received().includes(pattern) : pattern.test(received())
      await until(() => matches() || over, withinMs, String(pattern))
      if (!matches()) throw new Error(`closed before ${String(pattern)}; received: ${JSON.stringify(received())}`)
      return received()
    },
    closed: async (withinMs = 20_000) => until(() => over, withinMs, 'the end'),
    end: () => void socket.end(),
    pause: () => void socket.pause(),
    resume: () => void socket.resume(),
    destroy: () => void socket.destroy(),
    [Symbol.dispose]: () => void socket.destroy(),
  }
}

export interface RawServer extends AsyncDisposable {
  readonly port: number
  /** What each connection has received so far, in order of acceptance. */
  readonly requests: readonly string[]
  connections(): number
}

export type RawHandler = (socket: Socket, receivedSoFar: string, chunk: Buffer) => void

/** Calls `onData` with everything a connection has received so far, at each chunk. */
export async function rawServer(onData: RawHandler, onConnection?: (socket: Socket) => void): Promise<RawServer> {
  const requests: string[] = []
  const open = new Set<Socket>()
  const server = createServer({ allowHalfOpen: false }, (socket) => {
    const index = requests.push('') - 1
    open.add(socket)
    onConnection?.(socket)
    socket.on('close', () => open.delete(socket))
    socket.on('error', () => {})
    socket.on('data', (chunk: Buffer) => {
      requests[index] += chunk.toString('latin1')
      onData(socket, requests[index] ?? '', chunk)
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('no port')
  return {
    port: address.port,
    requests,
    connections: () => open.size,
    [Symbol.asyncDispose]: async () => {
      for (const socket of open) socket.destroy()
      await new Promise<void>((resolve) => server.close(() => resolve()))
    },
  }
}

/** A server that answers every request with 200 and what it received of its head. */
export async function echoServer(): Promise<RawServer> {
  return rawServer((socket, all) => {
    const head = all.slice(all.lastIndexOf('\r\n\r\n', all.length - 5) + 1)
    if (!all.endsWith('\r\n\r\n')) return
    const body = head.trimStart()
    socket.write(`HTTP/1.1 200 OK\r\ncontent-length: ${body.length}\r\n\r\n${body}`)
  })
}
