/* An upstream that does what the request header `x-do` orders, and remembers what it saw. */
import type { Socket } from 'node:net'
import type { RawServer } from '../../support/raw-client.ts'
import { rawServer } from '../../support/raw-client.ts'
import { bodyAt, headAt, sortedHeaders, valueOf } from './http-replies.ts'

export interface SeenRequest {
  readonly line: string
  readonly headers: readonly string[]
  readonly body: string
}

export interface ScriptedBackend extends AsyncDisposable {
  readonly port: number
  readonly seen: readonly SeenRequest[]
}

/**
 * Orders, joined by `;`: `status=503`, `body=text`, `bytes=hex` (of the body), `header=name:value`, `fields=name: value|name: value`, `delay=200` (ms),
 * `hang`, `reset`, `close` (after the reply), `cut` (in the middle of the body), `chunked`, `websocket` (accept and echo),
 * `confirm=name: value|name: value` (a conditional request gets a 304 with these fields), `trailer=name: value`,
 * `fail=2` (503 to the first two requests for this path), `garbage`, `only=/a` (other paths are answered ordinarily).
 */
export async function scriptedBackend(name: string): Promise<ScriptedBackend> {
  const seen: SeenRequest[] = []
  const failures = new Map<string, number>()
  const positions = new WeakMap<Socket, number>()
  const upgraded = new WeakSet<Socket>()
  const server: RawServer = await rawServer((socket, all, chunk) => {
    if (upgraded.has(socket)) return void socket.write(chunk)
    for (;;) {
      const head = headAt(all, positions.get(socket) ?? 0)
      if (head === undefined) return
      const hasBody =
        valueOf(head.lines, 'content-length') !== undefined || valueOf(head.lines, 'transfer-encoding') !== undefined
      const body = hasBody ? bodyAt(all, head, false) : { text: '', end: head.end }
      if (body === undefined) return
      positions.set(socket, body.end)
      seen.push({ line: head.first, headers: sortedHeaders(head.lines), body: body.text })
      const conditional = CONDITIONS.some((name) => valueOf(head.lines, name) !== undefined)
      answer(socket, head.first, valueOf(head.lines, 'x-do') ?? '', conditional)
    }
  })

  function answer(socket: Socket, line: string, order: string, conditional: boolean): void {
    const [method = '', path = ''] = line.split(' ')
    const only = /(?:^|;)only=([^;]*)/.exec(order)?.[1] ?? ''
    const orders = new Map(
      (path.startsWith(only) ? order : '')
        .split(';')
        .map((each) => each.split(/=(.*)/s) as [string, string | undefined]),
    )
    const send = (): void => {
      if (orders.has('reset')) return void socket.resetAndDestroy()
      if (orders.has('garbage')) return void socket.write('this is not HTTP\r\n\r\n')
      if (orders.has('websocket')) {
        upgraded.add(socket)
        const accept = 'HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: websocket\r\n\r\n'
        return void socket.write(accept)
      }
      const confirmed = conditional ? orders.get('confirm') : undefined
      const reply = confirmed === undefined ? replyTo(method, path, orders) : confirmation(confirmed)
      socket.write(reply, orders.has('bytes') ? 'latin1' : 'utf8')
      if (orders.has('close') || orders.has('cut')) socket.end()
    }
    if (orders.has('hang')) return
    const delay = Number(orders.get('delay') ?? 0)
    if (delay > 0) setTimeout(send, delay)
    else send()
  }

  function replyTo(method: string, path: string, orders: ReadonlyMap<string, string | undefined>): string {
    let status = Number(orders.get('status') ?? 200)
    const failing = Number(orders.get('fail') ?? 0)
    const failed = failures.get(path) ?? 0
    if (failed < failing) {
      failures.set(path, failed + 1)
      status = 503
    }
    const bytes = orders.get('bytes')
    const body =
      bytes === undefined ? (orders.get('body') ?? `${name}\n`) : Buffer.from(bytes, 'hex').toString('latin1')
    const extra = orders.get('header')
    const lines = [`HTTP/1.1 ${status} Whatever`, `x-backend: ${name}`]
    if (extra !== undefined) lines.push(extra)
    lines.push(...fieldsOf(orders.get('fields')))
    const chunked = orders.has('chunked')
    lines.push(chunked ? 'transfer-encoding: chunked' : `content-length: ${body.length}`)
    const head = `${lines.join('\r\n')}\r\n\r\n`
    if (method === 'HEAD' || status === 204 || status === 304) return head
    if (orders.has('cut')) return head + body.slice(0, 1)
    if (!chunked) return head + body
    const trailers = fieldsOf(orders.get('trailer')).map((line) => `${line}\r\n`)
    return `${head}${body.length.toString(16)}\r\n${body}\r\n0\r\n${trailers.join('')}\r\n`
  }

  return { port: server.port, seen, [Symbol.asyncDispose]: () => server[Symbol.asyncDispose]() }
}

const CONDITIONS = ['if-none-match', 'if-modified-since']

function fieldsOf(list: string | undefined): readonly string[] {
  return list === undefined || list === '' ? [] : list.split('|')
}

function confirmation(fields: string): string {
  return ['HTTP/1.1 304 Whatever', ...fieldsOf(fields), '', ''].join('\r\n')
}
