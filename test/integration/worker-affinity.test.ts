/* Workers of a whole proxy on their CPUs. */
import { expect, test } from 'bun:test'
import { readFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { direct, httpListener } from '../support/configs.ts'
import { startWholeProxy } from '../support/whole-proxy.ts'

const GREETING = { listeners: [httpListener('front', { routes: [direct('/', 'hi\n')] })] }

/** How many CPUs a thread may run on. */
function cpusOf(pid: number, thread: string): number {
  const mask = /^Cpus_allowed:\s*(\S+)/m.exec(readFileSync(`/proc/${pid}/task/${thread}/status`, 'latin1'))![1]!
  return BigInt(`0x${mask.replaceAll(',', '')}`)
    .toString(2)
    .replaceAll('0', '').length
}

/** Threads that may not run on all CPUs that the main thread has. */
function boundThreads(pid: number): number {
  const all = cpusOf(pid, String(pid))
  return readdirSync(`/proc/${pid}/task`).filter((thread) => cpusOf(pid, thread) < all).length
}

/** Requests with pauses, too few to crowd any machine (a busy one may take a while), until `enough` or the time is over. */
async function trickle(port: number, seconds: number, enough: () => boolean): Promise<void> {
  const end = performance.now() + seconds * 1000
  while (performance.now() < end && !enough()) {
    await (await fetch(`http://127.0.0.1:${port}/`)).text()
    await Bun.sleep(10)
  }
}

test.skipIf(navigator.hardwareConcurrency < 2)(
  'affinity: a busy worker is kept on its CPU, and no other thread is (a machine of one CPU cannot show it)',
  async () => {
    await using proxy = await startWholeProxy(GREETING, { flags: ['--concurrency', '1'] })
    await trickle(proxy.port('front'), 60, () => boundThreads(proxy.pid) === 1)
    expect(boundThreads(proxy.pid)).toBe(1)
  },
  90_000,
)

test('affinity: not with --worker-affinity none', async () => {
  await using proxy = await startWholeProxy(GREETING, { flags: ['--concurrency', '1', '--worker-affinity', 'none'] })
  await trickle(proxy.port('front'), 3, () => boundThreads(proxy.pid) > 0)
  expect(boundThreads(proxy.pid)).toBe(0)
})

test.skipIf(navigator.hardwareConcurrency < 2)(
  'affinity: a proxy without a descriptor left goes on, and lets its worker go (a machine of one CPU cannot show it)',
  async () => {
    const command = ['sh', '-c', 'ulimit -n 200; exec "$@"', 'sh', join(import.meta.dir, '../../bin/nuncio')]
    await using proxy = await startWholeProxy(GREETING, { command, flags: ['--concurrency', '1'] })
    const port = proxy.port('front')
    await trickle(port, 60, () => boundThreads(proxy.pid) === 1)
    const clients = await Promise.all(
      Array.from({ length: 250 }, async () =>
        Bun.connect({ hostname: '127.0.0.1', port, socket: { data: () => undefined, error: () => undefined } }),
      ),
    )
    const patience = performance.now() + 12_000
    let isFree = false
    while (!isFree && performance.now() < patience) {
      for (const client of clients.slice(0, 20)) client.write('GET / HTTP/1.1\r\nhost: a\r\n\r\n')
      await Bun.sleep(10)
      isFree = boundThreads(proxy.pid) === 0
    }
    expect(isFree).toBeTrue()
    // Longer than from one flush of the statistics to the next.
    await Bun.sleep(5500)
    for (const client of clients) client.terminate()
    await Bun.sleep(500)
    expect(await (await fetch(`http://127.0.0.1:${port}/`)).text()).toBe('hi\n')
  },
  120_000,
)
