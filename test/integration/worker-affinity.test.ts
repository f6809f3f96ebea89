/* Workers of a whole proxy on their CPUs. */
import { expect, test } from 'bun:test'
import { readFileSync, readdirSync } from 'node:fs'
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

/** Requests with pauses, too few to crowd any machine, until `enough` or the time is over. */
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
    await trickle(proxy.port('front'), 20, () => boundThreads(proxy.pid) === 1)
    expect(boundThreads(proxy.pid)).toBe(1)
  },
  30_000,
)

test('affinity: not with --worker-affinity none', async () => {
  await using proxy = await startWholeProxy(GREETING, { flags: ['--concurrency', '1', '--worker-affinity', 'none'] })
  await trickle(proxy.port('front'), 3, () => boundThreads(proxy.pid) > 0)
  expect(boundThreads(proxy.pid)).toBe(0)
})
