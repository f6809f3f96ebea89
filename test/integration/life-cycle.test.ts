/* Start, signals and the end of a whole proxy. */
import { expect, test } from 'bun:test'
import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { direct, httpListener, staticCluster } from '../support/configs.ts'
import { fileLog, textFormat } from '../support/file-log.ts'
import { rawClient, rawServer } from '../support/raw-client.ts'
import type { WholeProxy } from '../support/whole-proxy.ts'
import { startWholeProxy } from '../support/whole-proxy.ts'

/** Whether a new connection is taken. */
async function accepts(port: number): Promise<boolean> {
  try {
    using _ = await rawClient(port)
    return true
  } catch {
    return false
  }
}

const GREETING = { listeners: [httpListener('front', { routes: [direct('/', 'hi\n')] })] }

test('start: four workers serve with --concurrency 4, and the log has Envoy’s lines in Envoy’s order', async () => {
  await using proxy = await startWholeProxy(GREETING, { flags: ['--concurrency', '4'] })
  expect(await (await fetch(`http://127.0.0.1:${proxy.port('front')}/`)).text()).toBe('hi\n')
  expect(await proxy.stat('server.concurrency')).toBe(4)
  expect(await proxy.stat('listener_manager.listener_create_success')).toBe(4)
  const lines = [
    'initializing epoch 0',
    'statically linked extensions:',
    'runtime: {}',
    'Starting admin HTTP server at 127.0.0.1:',
    'admin address: 127.0.0.1:',
    'loading tracing configuration',
    'loading 0 static secret(s)',
    'loading 0 cluster(s)',
    'loading 1 listener(s)',
    'loading stats configuration',
    'RTDS has finished initialization',
    'cm init: all clusters initialized',
    'all clusters initialized. initializing init manager',
    'all dependencies initialized. starting workers',
    'starting main dispatch loop',
  ]
  const log = proxy.log()
  const places = lines.map((line) => log.indexOf(line))
  expect(places).not.toContain(-1)
  expect(places).toEqual([...places].sort((a, b) => a - b))
})

test('end: SIGTERM on an idle proxy with an open keep-alive connection ends it at once with 0', async () => {
  await using proxy = await startWholeProxy(GREETING, { flags: ['--concurrency', '2', '--sigterm-grace', '20'] })
  using client = await rawClient(proxy.port('front'))
  client.write('GET / HTTP/1.1\r\nHost: a\r\n\r\n')
  await client.until('hi\n')
  const began = performance.now()
  expect(await proxy.end()).toBe(0)
  expect(performance.now() - began).toBeLessThan(15_000)
  await client.closed()
  expect(proxy.log()).toContain('caught ENVOY_SIGTERM')
  expect(proxy.log()).toEndWith('exiting\n')
})

test('end: a request in flight at SIGTERM gets its response, new connections are refused', async () => {
  let answer = (): void => {}
  await using upstream = await rawServer((socket) => {
    answer = () => void socket.write('HTTP/1.1 200 OK\r\ncontent-length: 4\r\n\r\ndone')
  })
  const resources = { listeners: [httpListener('front')], clusters: [staticCluster('app', [upstream.port])] }
  await using proxy = await startWholeProxy(resources, { flags: ['--concurrency', '1', '--sigterm-grace', '20'] })
  using client = await rawClient(proxy.port('front'))
  client.write('GET /slow HTTP/1.1\r\nHost: a\r\n\r\n')
  while (upstream.requests.length === 0) await Bun.sleep(5)
  const ended = proxy.end()
  while (await accepts(proxy.port('front'))) await Bun.sleep(5)
  answer()
  const reply = await client.until('done')
  expect(reply).toContain('connection: close')
  expect(await ended).toBe(0)
})

test('end: --sigterm-grace bounds how long a request in flight may take, 0 drops it at once', async () => {
  await using upstream = await rawServer(() => {})
  const resources = { listeners: [httpListener('front')], clusters: [staticCluster('app', [upstream.port])] }
  await using proxy = await startWholeProxy(resources, { flags: ['--concurrency', '1', '--sigterm-grace', '0'] })
  using client = await rawClient(proxy.port('front'))
  client.write('GET /never HTTP/1.1\r\nHost: a\r\n\r\n')
  while (upstream.requests.length === 0) await Bun.sleep(5)
  const began = performance.now()
  expect(await proxy.end()).toBe(0)
  expect(performance.now() - began).toBeLessThan(4500)
  expect(client.received()).toBe('')
})

test('start: a port in use ends the start with 1 and says which', async () => {
  await using taken = await rawServer(() => {})
  const listener = {
    ...httpListener('front', { routes: [direct('/', 'hi')] }),
    address: { socket_address: { address: '127.0.0.1', port_value: taken.port } },
  }
  const failure = await startWholeProxy({ listeners: [listener] }).then(
    () => 'it started',
    (error: unknown) => String(error),
  )
  expect(failure).toContain(`cannot bind '127.0.0.1:${taken.port}': Address already in use`)
})

test('SIGUSR1: access logs are reopened after rotation', async () => {
  const file = fileLog('access.log', textFormat('%REQ(:PATH)%'))
  const listener = httpListener('front', { routes: [direct('/', 'hi\n')], extra: { access_log: [file] } })
  await using proxy = await startWholeProxy({ listeners: [listener] }, { flags: ['--concurrency', '1'] })
  const path = join(proxy.folder, 'access.log')
  const get = async (target: string): Promise<string> =>
    (await fetch(`http://127.0.0.1:${proxy.port('front')}${target}`)).text()
  await get('/one')
  while (!readFileSync(path, 'utf8').includes('/one')) await Bun.sleep(5)
  renameSync(path, `${path}.1`)
  await get('/two')
  process.kill(proxy.pid, 'SIGUSR1')
  while (!existsSync(path) || !readFileSync(path, 'utf8').includes('/two')) await Bun.sleep(5)
  expect(readFileSync(`${path}.1`, 'utf8')).toBe('/one\n')
})

test('admin: POST /quitquitquit ends the process with 0', async () => {
  await using proxy = await startWholeProxy(GREETING)
  expect(await proxy.admin('/quitquitquit', 'POST')).toBe('OK\n')
  expect(await proxy.end('SIGCONT')).toBe(0)
})

test('flags_path: a file named drain lets the proxy begin as one that fails health checks', async () => {
  const ready = async (proxy: WholeProxy): Promise<string> => {
    while ((await proxy.admin('/ready')) === 'PRE_INITIALIZING\n') await Bun.sleep(5)
    return proxy.admin('/ready')
  }
  await using drained = await startWholeProxy(GREETING, {
    notLive: true,
    bootstrap: { flags_path: '{folder}' },
    prepare: (folder) => writeFileSync(join(folder, 'drain'), ''),
  })
  expect(await ready(drained)).toBe('DRAINING\n')
  expect(await drained.stat('server.live')).toBe(0)
  expect(drained.log()).toContain(`[source/server/server.cc:1004] server flags path: ${drained.folder}\n`)
  expect(drained.log()).toContain('[info][main] [source/server/server.cc:1006] starting server in drain mode\n')
  await drained.admin('/healthcheck/ok', 'POST')
  expect(await ready(drained)).toBe('LIVE\n')
  await using other = await startWholeProxy(GREETING, { bootstrap: { flags_path: '{folder}' } })
  expect(await ready(other)).toBe('LIVE\n')
}, 30_000)
