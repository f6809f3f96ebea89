/* Clients that never stop: new connections and kept ones. A kept connection may be closed between two requests. */
import { connect } from 'node:net'
import type { Socket } from 'node:net'

export interface LoadResult {
  readonly answered: number
  /** What went wrong, in words; empty is the point of the whole thing. */
  readonly failures: readonly string[]
  readonly bodies: ReadonlySet<string>
  /** Kept connections that ended without `Connection: close`; the client asked once more on another one. */
  readonly unannounced: number
}

export interface SteadyLoad {
  stop(): Promise<LoadResult>
}

const PAUSE_MS = 3
/** Silence of this length is a failure, not a slow machine. */
const SILENCE_MS = 30_000

/** Clients of `target` (a port of 127.0.0.1, or the path of a socket). */
export function steadyLoad(target: number | string, clients = 2, path = '/'): SteadyLoad {
  let stopped = false
  let answered = 0
  let unannounced = 0
  const failures: string[] = []
  const bodies = new Set<string>()
  const note = (text: string): void => {
    const body = /^HTTP\/1\.1 200 .*?\r\n\r\n(.*)$/s.exec(text)?.[1]
    if (body === undefined) failures.push(JSON.stringify(text.slice(0, 80)))
    else {
      answered++
      bodies.add(body)
    }
  }
  const fresh = async (): Promise<void> => {
    while (!stopped) {
      const socket = await open(target, failures)
      if (socket !== undefined) note(await exchange(socket, path))
      socket?.destroy()
      await Bun.sleep(PAUSE_MS)
    }
  }
  const kept = async (): Promise<void> => {
    let socket: Socket | undefined
    while (!stopped) {
      const wasFresh: boolean = socket === undefined
      socket ??= await open(target, failures)
      if (socket === undefined) continue
      const text = await exchange(socket, path)
      if (text !== '' || wasFresh) note(text)
      else unannounced++
      if (text === '' || /^connection: close/im.test(text)) {
        socket.destroy()
        socket = undefined
      }
      await Bun.sleep(PAUSE_MS)
    }
    socket?.destroy()
  }
  const all = Array.from({ length: clients }, () => [fresh(), kept()]).flat()
  return {
    stop: async () => {
      stopped = true
      await Promise.all(all)
      return { answered, failures, bodies, unannounced }
    },
  }
}

async function open(target: number | string, failures: string[]): Promise<Socket | undefined> {
  return new Promise((resolve) => {
    const socket = typeof target === 'number' ? connect(target, '127.0.0.1') : connect(target)
    socket.once('connect', () => resolve(socket))
    socket.on('error', (error) => {
      if (!socket.connecting && socket.bytesWritten > 0) return
      failures.push(error.message)
      resolve(undefined)
    })
  })
}

/** The whole response, or what of it came before the end. */
async function exchange(socket: Socket, path: string): Promise<string> {
  return new Promise((resolve) => {
    let text = ''
    // Its events are over, if it was closed between two requests.
    if (socket.destroyed || socket.readableEnded) return resolve(text)
    const onSilence = (): void => {
      text += '(silence)'
      done()
    }
    const done = (): void => {
      socket.setTimeout(0)
      socket.off('timeout', onSilence)
      socket.off('data', onData)
      socket.off('close', done)
      socket.off('end', done)
      resolve(text)
    }
    const onData = (chunk: Buffer): void => {
      text += chunk.toString('latin1')
      const head = text.indexOf('\r\n\r\n')
      const length = Number(/content-length: (\d+)/i.exec(text)?.[1])
      if (head >= 0 && text.length >= head + 4 + length) done()
    }
    socket.setTimeout(SILENCE_MS, onSilence)
    socket.on('data', onData)
    socket.on('close', done)
    socket.on('end', done)
    socket.write(`GET ${path} HTTP/1.1\r\nHost: a\r\n\r\n`)
  })
}
