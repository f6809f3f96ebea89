/* The runtime of a whole proxy: values on disk and of the admin server reach the workers. */
import { expect, test } from 'bun:test'
import { mkdirSync, renameSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { direct, httpListener } from '../support/configs.ts'
import { startWholeProxy } from '../support/whole-proxy.ts'

const fraction = { default_value: { numerator: 0, denominator: 'HUNDRED' }, runtime_key: 'routing.traffic.new' }
const chosen = { ...direct('/', 'new'), match: { prefix: '/', runtime_fraction: fraction } }
const listener = httpListener('front', { routes: [chosen, direct('/', 'old')] })

test('runtime: a swap of the symlink and /runtime_modify change what the workers do', async () => {
  const layers = [
    { name: 'static', static_layer: { 'envoy.reloadable_features.anything': true, 'routing.traffic.new': 0 } },
    { name: 'disk', disk_layer: { symlink_root: '{folder}/current', subdirectory: 'envoy' } },
    { name: 'adm', admin_layer: {} },
  ]
  await using proxy = await startWholeProxy(
    { listeners: [listener] },
    {
      flags: ['--concurrency', '2'],
      bootstrap: { layered_runtime: { layers } },
      prepare: (folder) => {
        mkdirSync(join(folder, 'v1/envoy'), { recursive: true })
        mkdirSync(join(folder, 'v2/envoy/routing/traffic'), { recursive: true })
        writeFileSync(join(folder, 'v2/envoy/routing/traffic/new'), 'numerator: 100\ndenominator: HUNDRED\n')
        symlinkSync('v1', join(folder, 'current'))
      },
    },
  )
  const answer = async (): Promise<string> =>
    (await fetch(`http://127.0.0.1:${proxy.port('front')}/`, { keepalive: false })).text()
  /** The workers know a moment later than the main thread. */
  const until = async (body: string): Promise<void> => {
    for (let right = 0; right < 8;) right = (await answer()) === body ? right + 1 : 0
  }
  expect(await answer()).toBe('old')
  symlinkSync('v2', join(proxy.folder, 'next'))
  renameSync(join(proxy.folder, 'next'), join(proxy.folder, 'current'))
  await until('new')
  expect(await proxy.admin('/runtime_modify?routing.traffic.new=0', 'POST')).toBe('OK\n')
  await until('old')
  expect(await proxy.admin('/runtime_modify?routing.traffic.new=', 'POST')).toBe('OK\n')
  await until('new')
  expect(await proxy.stat('runtime.load_success')).toBe(5)
  expect(await proxy.stat('runtime.num_layers')).toBe(3)
  expect(await proxy.end()).toBe(0)
})

test('runtime: a root in a directory that is not there fails the start as in Envoy', async () => {
  const layers = [{ name: 'disk', disk_layer: { symlink_root: '/nowhere/current', subdirectory: 'envoy' } }]
  const failed = startWholeProxy({ listeners: [listener] }, { bootstrap: { layered_runtime: { layers } } })
  const text = 'unable to add filesystem watch for file /nowhere/current: No such file or directory'
  expect(String(await failed.catch((error: unknown) => error))).toContain(text)
})
