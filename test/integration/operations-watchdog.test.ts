/* Threads that do not come back to their loop are seen, counted, named, and where it is asked for ended. */
import { expect, test } from 'bun:test'
import { join } from 'node:path'
import { direct, httpListener } from '../support/configs.ts'
import type { WholeProxy } from '../support/whole-proxy.ts'
import { startWholeProxy } from '../support/whole-proxy.ts'

const ROOT = join(import.meta.dir, '../..')
const command = ['sh', join(ROOT, 'tools/bun'), join(ROOT, 'test/support/blocking-proxy/main.ts')]

const typed = (name: string, type: string) => ({ name, typed_config: { '@type': `type.googleapis.com/${type}` } })
const listener = httpListener('front', {
  routes: [direct('/', 'hi')],
  extra: {
    http_filters: [
      typed('my.slow.filter', 'envoy.extensions.filters.http.original_src.v3.OriginalSrc'),
      typed('router', 'envoy.extensions.filters.http.router.v3.Router'),
    ],
  },
})

/** Longer than a busy machine makes a thread wait, shorter than these tests block one. */
const PATIENT = { miss_timeout: '1.2s', megamiss_timeout: '1.6s' }
const BLOCK_MS = 3000

async function start(bootstrap: object = {}): Promise<WholeProxy> {
  return startWholeProxy({ listeners: [listener] }, { command, bootstrap, flags: ['--concurrency', '1'] })
}

async function ask(proxy: WholeProxy, blockMs: number): Promise<string> {
  const headers = { 'x-block-ms': String(blockMs) }
  return (await fetch(`http://127.0.0.1:${proxy.port('front')}/`, { headers })).text()
}

async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  const limit = performance.now() + 20_000
  while (!(await condition())) {
    if (performance.now() > limit) throw new Error('it did not come to pass')
    await Bun.sleep(20)
  }
}

test('watchdog: a blocked worker is counted once, and the log says which one and where', async () => {
  const watchdogs = { main_thread_watchdog: PATIENT, worker_watchdog: PATIENT }
  await using proxy = await start({ watchdogs })
  const answered = ask(proxy, BLOCK_MS)
  // The main thread tells while the worker is still blocked.
  await until(() => proxy.log().includes('worker_0 has not come back to its event loop for'))
  expect(proxy.log()).toContain('last in http filter my.slow.filter; running')
  expect(await answered).toBe('hi')
  await until(() => proxy.log().includes('worker_0 is back at its event loop'))
  for (const owner of ['workers', 'server.worker_0']) {
    expect(await proxy.stat(`${owner}.watchdog_miss`)).toBe(1)
    expect(await proxy.stat(`${owner}.watchdog_mega_miss`)).toBe(1)
  }
  expect(await proxy.stat('main_thread.watchdog_miss')).toBe(0)
  expect(await proxy.end()).toBe(0)
}, 60_000)

test('watchdog: a blocked main thread is counted when it is back', async () => {
  await using proxy = await start({ watchdogs: { main_thread_watchdog: PATIENT, worker_watchdog: PATIENT } })
  expect(await ask(proxy, 0)).toBe('hi')
  process.kill(proxy.pid, 'SIGUSR2')
  await until(() => proxy.log().includes('main_thread was away from its event loop for'))
  for (const owner of ['main_thread', 'server.main_thread']) {
    expect(await proxy.stat(`${owner}.watchdog_miss`)).toBe(1)
    expect(await proxy.stat(`${owner}.watchdog_mega_miss`)).toBe(1)
  }
  expect(await proxy.stat('workers.watchdog_miss')).toBe(0)
}, 60_000)

test('watchdog: a worker that is stuck for kill_timeout ends the process by SIGABRT', async () => {
  await using proxy = await start({ watchdogs: { worker_watchdog: { kill_timeout: '2.5s' } } })
  expect(await ask(proxy, 800)).toBe('hi')
  await until(async () => ((await proxy.stat('workers.watchdog_miss')) ?? 0) > 0)
  const answered = ask(proxy, 20_000).catch((error: unknown) => error)
  await until(() => proxy.log().includes('AbortAction sending abort signal to thread with tid'))
  expect(proxy.log()).toMatch(/watchdog KILL: stuck: worker_0 \(\d+ ms\); last in http filter my.slow.filter; running/)
  await answered
  expect(await proxy.exitCode()).toBe(134)
}, 60_000)

test('watchdog: the thread of the dogs ends with the process', async () => {
  await using proxy = await start({ watchdogs: { worker_watchdog: { kill_timeout: '30s' } } })
  expect(await ask(proxy, 0)).toBe('hi')
  expect(await proxy.end()).toBe(0)
}, 60_000)

test('watchdog: the main thread too, which then cannot say so itself', async () => {
  const watchdog = { ...PATIENT, kill_timeout: '2s' }
  await using proxy = await start({ watchdogs: { main_thread_watchdog: watchdog } })
  expect(await ask(proxy, 0)).toBe('hi')
  process.kill(proxy.pid, 'SIGUSR2')
  expect(await proxy.exitCode()).toBe(134)
  expect(proxy.log()).toContain('watchdog KILL: stuck: main_thread')
}, 60_000)
