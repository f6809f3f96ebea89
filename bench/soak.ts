/*
 * npm run bench:soak -- [--minutes 10]
 *
 * Ten minutes of mixed load on one proxy: keep-alive and new connections, bodies both ways, clients that go away in the
 * middle, bytes that are no HTTP. Prints its memory as it goes; fails when it grows or when a request is answered wrongly.
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { rssBytes } from './macro/contestant.ts'
import { wrk } from './macro/load.ts'
import { findPeers, startBackend } from './macro/peers.ts'

const { values } = parseArgs({ options: { minutes: { type: 'string', default: '10' } } })
const limitMs = Number(values.minutes) * 60_000

/** After the first minute everything that is made once has been made. */
const SETTLED_MS = Math.min(60_000, limitMs / 4)
const GROWTH_LIMIT = 1.15

/** What clients send before they go away. */
const TORN = [
  'GET /1m HTTP/1.1\r\nHost: a\r\n\r\n',
  'GET / HTTP/1.1\r\nHo',
  'POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhel',
  'POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1000000\r\n\r\nstart',
  '\x16\x03\x01\x02\x00\x01\x00\x01',
  'GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n',
  `GET / HTTP/1.1\r\nHost: a\r\nx: ${'y'.repeat(70_000)}\r\n\r\n`,
  'GET / HTTP/1.1\r\nHost: a\r\n\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\nGET /1m HTTP/1.1\r\nHost: a\r\n\r\n',
]

const folder = mkdtempSync(join(tmpdir(), 'nuncio-soak-'))
const backend = await startBackend(folder)
const [peer] = findPeers(folder, ['nuncio'])
if (peer === undefined) throw new Error('there is no Nuncio')
const proxy = await peer.start()
const url = `http://127.0.0.1:${proxy.ports.http}`
const started = performance.now()
const left = (): number => limitMs - (performance.now() - started)
const memory: { readonly atMs: number; readonly mb: number }[] = []
let requests = 0
let torn = 0
try {
  await Promise.all([steady(), torturing(), watching()])
} finally {
  await proxy.stop()
  await backend.stop()
  rmSync(folder, { recursive: true, force: true })
}
const settled = memory.filter(({ atMs }) => atMs >= SETTLED_MS)
const half = Math.floor(settled.length / 2)
const early = Math.max(...settled.slice(0, half).map(({ mb }) => mb))
const late = Math.max(...settled.slice(half).map(({ mb }) => mb))
console.log(
  `${requests} requests, ${torn} torn connections; largest RSS in the first half ${early.toFixed(0)} MB, in the second ${late.toFixed(0)} MB`,
)
process.exit(late <= early * GROWTH_LIMIT ? 0 : 1)

async function steady(): Promise<void> {
  const kinds = [
    { path: '/', connections: 64 },
    { path: '/', connections: 64, headers: { Connection: 'close' } },
    { path: '/sink', connections: 16, method: 'POST', bodyBytes: 20_000 },
    { path: '/1m', connections: 8 },
  ]
  while (left() > 0) {
    for (const { path, ...load } of kinds) {
      if (left() > 0) requests += (await wrk({ ...load, url: url + path, seconds: 5 })).requests
    }
  }
}

async function torturing(): Promise<void> {
  while (left() > 0) {
    await Promise.all(TORN.map(async (bytes) => tear(bytes)))
    torn += TORN.length
    await Bun.sleep(20)
  }
}

function tear(bytes: string): Promise<void> {
  return new Promise((resolve) => {
    Bun.connect({
      hostname: '127.0.0.1',
      port: proxy.ports.http,
      socket: {
        open: (socket) => {
          socket.write(bytes)
          setTimeout(() => socket.terminate(), 10 * Math.random())
        },
        data: () => {},
        close: () => resolve(),
        connectError: () => resolve(),
      },
    }).catch(() => resolve())
  })
}

async function watching(): Promise<void> {
  while (left() > 0) {
    const atMs = performance.now() - started
    const mb = rssBytes(proxy.pid) / 1e6
    memory.push({ atMs, mb })
    if (memory.length % 10 === 1)
      console.log(`${(atMs / 1000).toFixed(0)} s: ${mb.toFixed(0)} MB, ${requests} requests`)
    const answer = await fetch(`${url}/`)
    if (answer.status !== 200) throw new Error(`status ${answer.status}`)
    await Bun.sleep(1000)
  }
}
