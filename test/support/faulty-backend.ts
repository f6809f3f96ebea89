/*
 * An upstream that fails as it is told: the header `x-do` of a request (or of what a TCP client sends) is a script. Steps
 * are joined by `;` and run one after the other:
 *
 *   now          first: do not wait for the body of the request
 *   reuse        first: only on a connection that served a request before
 *   once         first: only for the first request with this `x-once`
 *   after=NAME   first: only once a script had `mark=NAME`
 *   send=TEXT    `\r`, `\n` and `\0` as escapes; `{n*TEXT}` is TEXT n times
 *   sleep=MS     ok      a whole reply      whole    wait for the whole request
 *   fin          reset   hang
 *   greet=TEXT   to each connection that comes from now on
 *   fin-unused   ends all connections that nothing has come on
 *   mark=NAME    see `after`
 */
import type { Socket } from 'node:net'
import type { RawServer } from './raw-client.ts'
import { rawServer } from './raw-client.ts'

export interface FaultyBackend extends AsyncDisposable {
  readonly port: number
  /** Everything that each connection received, in order of acceptance. */
  readonly requests: readonly string[]
}

const HEAD_END = '\r\n\r\n'
export const OK = 'HTTP/1.1 200 OK\r\ncontent-length: 3\r\n\r\nok\n'

interface Connection {
  served: number
  at: number
  busy: boolean
}

export async function faultyBackend(): Promise<FaultyBackend> {
  const connections = new WeakMap<Socket, Connection>()
  const seen = new Set<string>()
  const marks = new Set<string>()
  const unused = new Set<Socket>()
  let greeting = ''
  let server: RawServer | undefined = undefined

  const next = (socket: Socket, all: string, connection: Connection): void => {
    if (connection.busy) return
    const headEnd = all.indexOf(HEAD_END, connection.at)
    if (headEnd < 0) return
    const head = all.slice(connection.at, headEnd)
    const end = requestEnd(head, all, headEnd + HEAD_END.length)
    if (end === undefined && !/^x-do: ?now;/m.test(head)) return
    const steps = scriptOf(head, connection, seen, marks)
    connection.busy = true
    const others: Others = {
      greet: (text) => (greeting = text),
      mark: (name) => marks.add(name),
      finUnused: () => {
        for (const one of unused) one.end()
      },
    }
    void run(socket, steps, others).then(() => {
      connection.busy = false
      connection.served++
      connection.at = end ?? all.length
    })
  }
  const accepted = (socket: Socket): void => {
    unused.add(socket)
    socket.on('close', () => unused.delete(socket))
    if (greeting !== '') socket.write(greeting)
  }
  server = await rawServer((socket, all) => {
    unused.delete(socket)
    let connection = connections.get(socket)
    if (connection === undefined) connections.set(socket, (connection = { served: 0, at: 0, busy: false }))
    next(socket, all, connection)
  }, accepted)
  return server
}

function scriptOf(
  head: string,
  connection: Connection,
  seen: Set<string>,
  marks: ReadonlySet<string>,
): readonly string[] {
  const steps = (/^x-do: ?(.*)$/m.exec(head)?.[1] ?? 'ok').trim().split(';')
  if (steps[0] === 'reuse') return connection.served > 0 ? steps.slice(1) : ['ok']
  const mark = /^after=(.*)$/.exec(steps[0] ?? '')?.[1]
  if (mark !== undefined) return marks.has(mark) ? steps.slice(1) : ['ok']
  if (steps[0] !== 'once') return steps
  const name = /^x-once: ?(.*)$/m.exec(head)?.[1] ?? ''
  if (seen.has(name)) return ['ok']
  seen.add(name)
  return steps.slice(1)
}

/** Where the request that begins with `head` ends; undefined while its body is not whole. */
function requestEnd(head: string, all: string, bodyFrom: number): number | undefined {
  const length = /^content-length: ?(\d+)/im.exec(head)?.[1]
  if (length !== undefined) {
    const end = bodyFrom + Number(length)
    return end <= all.length ? end : undefined
  }
  if (!/^transfer-encoding: ?chunked/im.test(head)) return bodyFrom
  const end = all.indexOf('0\r\n\r\n', bodyFrom)
  return end < 0 ? undefined : end + 5
}

interface Others {
  greet(text: string): void
  mark(name: string): void
  finUnused(): void
}

async function run(socket: Socket, steps: readonly string[], others: Others): Promise<void> {
  for (const step of steps) {
    const [name, value = ''] = step.split(/=(.*)/s)
    if (socket.destroyed) return
    if (name === 'send') socket.write(textOf(value), 'latin1')
    else if (name === 'ok') socket.write(OK)
    else if (name === 'sleep') await Bun.sleep(Number(value))
    else if (name === 'fin') socket.end()
    else if (name === 'reset') socket.resetAndDestroy()
    else if (name === 'greet') others.greet(textOf(value))
    else if (name === 'mark') others.mark(value)
    else if (name === 'fin-unused') others.finUnused()
    else if (name === 'hang') await new Promise<void>((resolve) => socket.once('close', () => resolve()))
    else if (name !== 'now') throw new Error(`no such step: ${step}`)
  }
}

function textOf(text: string): string {
  return text
    .replace(/\{(\d+)\*([^}]*)\}/g, (_all, count: string, piece: string) => piece.repeat(Number(count)))
    .replaceAll('\\0', '\0')
    .replaceAll('\\r', '\r')
    .replaceAll('\\n', '\n')
}
