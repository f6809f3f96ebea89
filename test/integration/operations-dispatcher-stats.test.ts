/* enable_dispatcher_stats: histograms of the event loops under the names that Envoy gives them. */
import { expect, test } from 'bun:test'
import { direct, httpListener } from '../support/configs.ts'
import { startWholeProxy } from '../support/whole-proxy.ts'

const listener = httpListener('front', { routes: [direct('/', 'hi')] })
const SHOWN = '/stats?filter=dispatcher\\.'

test('dispatcher stats: main thread and workers when enabled', async () => {
  const options = {
    flags: ['--concurrency', '2'],
    bootstrap: { enable_dispatcher_stats: true, stats_flush_on_admin: true },
  }
  await using proxy = await startWholeProxy({ listeners: [listener] }, options)
  for (let n = 0; n < 10; n++) {
    await (await fetch(`http://127.0.0.1:${proxy.port('front')}/`, { keepalive: false })).text()
  }
  const lines = (await proxy.admin(SHOWN)).trim().split('\n')
  expect(lines.map((line) => line.slice(0, line.indexOf(':'))).sort()).toEqual([
    'listener_manager.worker_0.dispatcher.loop_duration_us',
    'listener_manager.worker_0.dispatcher.poll_delay_us',
    'listener_manager.worker_1.dispatcher.loop_duration_us',
    'listener_manager.worker_1.dispatcher.poll_delay_us',
    'server.dispatcher.loop_duration_us',
    'server.dispatcher.poll_delay_us',
  ])
  const durations = lines.filter((line) => line.includes('loop_duration'))
  expect(durations.filter((line) => line.includes('No recorded values')).length).toBeLessThanOrEqual(1)
  expect(await proxy.end()).toBe(0)
})

test('dispatcher stats: nothing of them unless enabled', async () => {
  await using proxy = await startWholeProxy({ listeners: [listener] })
  expect(await proxy.admin(SHOWN)).toBe('')
})
