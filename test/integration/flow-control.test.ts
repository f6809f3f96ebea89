/* A peer that does not read holds back the other one; the proxy's memory stays bounded. */
import { expect, test } from 'bun:test'
import { readFileSync } from 'node:fs'
import { direct, httpListener, staticCluster } from '../support/configs.ts'
import { rawClient, rawServer } from '../support/raw-client.ts'
import { startWholeProxy } from '../support/whole-proxy.ts'

const BODY_BYTES = 500 << 20
const CHUNK = Buffer.alloc(1 << 20, 'x')
/** What may pile up: kernel buffers of four sockets, two watermarks of 1 MiB, chunks under way, and garbage. */
const GROWTH_LIMIT_BYTES = 80 << 20

function rss(pid: number): number {
  return Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) * 1024
}

/** Writes the body as fast as the socket takes it; says how much was taken. */
function pump(socket: {
  write(chunk: Buffer): boolean
  once(event: 'drain', then: () => void): unknown
}): () => number {
  let sent = 0
  const more = (): void => {
    while (sent < BODY_BYTES) {
      sent += CHUNK.length
      if (!socket.write(CHUNK)) return void socket.once('drain', more)
    }
  }
  more()
  return () => sent
}

test('flow control: 500 MB to a client that does not read wait at the upstream, and arrive once it reads', async () => {
  let sent = (): number => 0
  await using upstream = await rawServer((socket) => {
    socket.write(`HTTP/1.1 200 OK\r\ncontent-length: ${BODY_BYTES}\r\n\r\n`)
    sent = pump(socket)
  })
  const resources = { listeners: [httpListener('front')], clusters: [staticCluster('app', [upstream.port])] }
  await using proxy = await startWholeProxy(resources, { flags: ['--concurrency', '1'] })
  using client = await rawClient(proxy.port('front'))
  const before = rss(proxy.pid)
  client.pause()
  client.write('GET / HTTP/1.1\r\nHost: a\r\n\r\n')
  let last = -1
  // It stands still once all buffers are full.
  while (last !== sent() || last === 0) {
    last = sent()
    await Bun.sleep(300)
  }
  expect(sent()).toBeLessThan(BODY_BYTES / 2)
  expect(rss(proxy.pid) - before).toBeLessThan(GROWTH_LIMIT_BYTES)
  expect(await proxy.stat('cluster.app.upstream_flow_control_paused_reading_total')).toBeGreaterThanOrEqual(1)
}, 30_000)

test('flow control: a 500 MB upload to an upstream that does not read waits at the client', async () => {
  await using upstream = await rawServer((socket) => void socket.pause())
  const resources = { listeners: [httpListener('front')], clusters: [staticCluster('app', [upstream.port])] }
  await using proxy = await startWholeProxy(resources, { flags: ['--concurrency', '1'] })
  const { connect } = await import('node:net')
  const socket = connect({ port: proxy.port('front'), host: '127.0.0.1' })
  const before = rss(proxy.pid)
  socket.write(`POST / HTTP/1.1\r\nHost: a\r\ncontent-length: ${BODY_BYTES}\r\n\r\n`)
  const sent = pump(socket)
  let last = -1
  while (last !== sent() || last === 0) {
    last = sent()
    await Bun.sleep(300)
  }
  expect(sent()).toBeLessThan(BODY_BYTES / 2)
  expect(rss(proxy.pid) - before).toBeLessThan(GROWTH_LIMIT_BYTES)
  socket.destroy()
}, 30_000)

test('flow control: pipelined requests of a client that does not read wait, and are all answered once it reads', async () => {
  const text = 'x'.repeat(4000)
  const resources = { listeners: [httpListener('front', { routes: [direct('/', text)] })] }
  await using proxy = await startWholeProxy(resources, { flags: ['--concurrency', '1'] })
  using client = await rawClient(proxy.port('front'))
  const before = rss(proxy.pid)
  client.pause()
  const total = 30_000 // 120 MB of responses
  client.write('GET / HTTP/1.1\r\nHost: a\r\n\r\n'.repeat(total))
  let answered = -1
  for (;;) {
    const now = (await proxy.stat('http.ingress.downstream_rq_2xx')) ?? 0
    if (now === answered && now > 0) break
    answered = now
    await Bun.sleep(300)
  }
  expect(answered).toBeLessThan(total / 2)
  expect(rss(proxy.pid) - before).toBeLessThan(GROWTH_LIMIT_BYTES)
  client.resume()
  while (answered < total) {
    // Time to get on, before the first look, too: the kernel tells of room only when the client has read a good part.
    await Bun.sleep(300)
    const now = (await proxy.stat('http.ingress.downstream_rq_2xx')) ?? 0
    expect(now).toBeGreaterThan(answered)
    answered = now
  }
}, 30_000)
