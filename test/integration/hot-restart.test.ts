/* Hot restarts of whole processes, under load: the service answers, and nothing is left behind. */
import { describe, expect, test } from 'bun:test'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { direct, httpListener } from '../support/configs.ts'
import { eventually, NODE, writeResources } from '../support/dynamic-files.ts'
import { RestartChain } from '../support/restart-chain.ts'
import type { LoadResult } from '../support/steady-load.ts'
import { steadyLoad } from '../support/steady-load.ts'

const envoy = process.env['ENVOY'] ?? Bun.which('envoy') ?? undefined
if (envoy === undefined) console.warn('skipped: hot restarts with the real Envoy (no envoy on the PATH, no $ENVOY)')

function answering(chain: RestartChain, body: string, address?: object): object {
  const listener = httpListener('front', { statPrefix: 'in', routes: [direct('/', body)] })
  const tcp = { socket_address: { address: '127.0.0.1', port_value: chain.port } }
  return chain.bootstrap({ ...listener, address: address ?? tcp })
}

function withReusePort(chain: RestartChain, body: string, enabled: boolean): object {
  const listener = httpListener('front', { statPrefix: 'in', routes: [direct('/', body)] })
  const address = { socket_address: { address: '127.0.0.1', port_value: chain.port } }
  return chain.bootstrap({ ...listener, address, enable_reuse_port: enabled })
}

function expectNoFailure(result: LoadResult, bodies: readonly string[]): void {
  expect(result.failures).toEqual([])
  expect(result.answered).toBeGreaterThan(200)
  expect([...result.bodies].sort()).toEqual([...bodies].sort())
}

describe.if(process.platform === 'linux')('hot restart', () => {
  test('three epochs, one after the other, and no request fails', async () => {
    await using chain = new RestartChain()
    const first = await chain.start({ epoch: 0, bootstrap: answering(chain, 'zero') })
    const load = steadyLoad(chain.port)
    await Bun.sleep(300)
    const before = await chain.stat('http.in.downstream_rq_total')
    const second = await chain.start({ epoch: 1, bootstrap: answering(chain, 'one') })
    // What the parent has counted is the child's now, and its connections are seen.
    await chain.untilStat('server.hot_restart_generation', (value) => value === 2)
    expect(await chain.stat('http.in.downstream_rq_total')).toBeGreaterThanOrEqual(before ?? Infinity)
    expect(await chain.stat('server.hot_restart_epoch')).toBe(1)
    const info = JSON.parse(await chain.admin('/server_info')) as Record<string, unknown>
    expect(info).toMatchObject({ hot_restart_version: '11.104', hot_restart_initializing: false })
    expect(await first.exited).toBe(0)
    expect(first.log()).toContain('shutting down admin due to child startup')
    expect(first.log()).toContain('closing and draining listeners')
    expect(first.log()).toContain('shutting down due to child request')
    expect(second.log()).toContain('shutting down parent after drain')
    await chain.untilStat('server.parent_connections', (value) => value === 0)
    expect(await chain.stat('server.hot_restart_generation')).toBe(2)

    const third = await chain.start({ epoch: 2, bootstrap: answering(chain, 'two') })
    expect(await second.exited).toBe(0)
    expectNoFailure(await load.stop(), ['zero', 'one', 'two'])
    third.kill('SIGTERM')
    expect(await third.exited).toBe(0)
    expect(chain.leftOver()).toEqual([])
  }, 120_000)

  test('a socket in the file system goes over as well', async () => {
    await using chain = new RestartChain()
    const path = join(chain.folder, 'front.sock')
    const pipe = { pipe: { path } }
    const first = await chain.start({ epoch: 0, bootstrap: answering(chain, 'zero', pipe) })
    const load = steadyLoad(path)
    await Bun.sleep(200)
    const second = await chain.start({ epoch: 1, bootstrap: answering(chain, 'one', pipe) })
    expect(await first.exited).toBe(0)
    expectNoFailure(await load.stop(), ['zero', 'one'])
    expect(existsSync(path)).toBe(true)
    second.kill('SIGTERM')
    await second.exited
  }, 120_000)

  test('more or fewer workers than before: nobody’s socket is lost', async () => {
    await using chain = new RestartChain()
    await chain.start({ epoch: 0, bootstrap: answering(chain, 'zero'), concurrency: 4 })
    const load = steadyLoad(chain.port, 4)
    await Bun.sleep(200)
    const second = await chain.start({ epoch: 1, bootstrap: answering(chain, 'one'), concurrency: 1 })
    await Bun.sleep(4000)
    await chain.start({ epoch: 2, bootstrap: answering(chain, 'two'), concurrency: 3 })
    expect(await second.exited).toBe(0)
    expectNoFailure(await load.stop(), ['zero', 'one', 'two'])
  }, 120_000)

  test('a socket for each worker, then one for all, and back: nobody’s is lost', async () => {
    await using chain = new RestartChain()
    await chain.start({ epoch: 0, bootstrap: withReusePort(chain, 'zero', true), concurrency: 3 })
    const load = steadyLoad(chain.port, 4)
    await Bun.sleep(200)
    const second = await chain.start({ epoch: 1, bootstrap: withReusePort(chain, 'one', false), concurrency: 2 })
    await Bun.sleep(4000)
    await chain.start({ epoch: 2, bootstrap: withReusePort(chain, 'two', true), concurrency: 3 })
    expect(await second.exited).toBe(0)
    expectNoFailure(await load.stop(), ['zero', 'one', 'two'])
  }, 120_000)

  test('a parent that falls silent while listeners come: the child ends, and the parent is left as it is', async () => {
    await using chain = new RestartChain()
    const first = await chain.start({ epoch: 0, bootstrap: answering(chain, 'zero') })
    const late = httpListener('front', { routes: [direct('/', 'one')] })
    const address = { socket_address: { address: '127.0.0.1', port_value: chain.port } }
    writeResources(chain.folder, 'lds.json', 'listener', [{ ...late, address }])
    writeResources(chain.folder, 'eds.json', 'endpoints', [])
    const fromFile = (file: string): object => ({
      path_config_source: { path: join(chain.folder, file) },
      resource_api_version: 'V3',
      initial_fetch_timeout: '2s',
    })
    // Listeners wait for clusters, and this one for endpoints that never come.
    const slow = {
      name: 'slow',
      type: 'EDS',
      connect_timeout: '1s',
      eds_cluster_config: { eds_config: fromFile('eds.json') },
    }
    const bootstrap = {
      ...chain.bootstrap({}),
      node: NODE,
      dynamic_resources: { lds_config: fromFile('lds.json') },
      static_resources: { clusters: [slow] },
    }
    const child = await chain.start({ epoch: 1, bootstrap, notReady: true })
    await eventually('the child asks', async () => first.log().includes('shutting down admin due to child startup'))
    first.kill('SIGSTOP')
    expect(await child.exited).toBe(1)
    expect(child.log()).toContain(`the process of epoch 0 (base id ${chain.baseId}) did not answer within 10 s`)
    expect(child.log()).not.toContain('StartError')
    first.kill('SIGCONT')
    await chain.untilEpoch(0, first)
    expect(await chain.get()).toBe('zero')
  }, 120_000)

  test('its own sockets may be files, with their mode', async () => {
    await using chain = new RestartChain()
    const path = join(chain.folder, 'hot')
    const flags = ['--socket-path', path, '--socket-mode', '640']
    const first = await chain.start({ epoch: 0, bootstrap: answering(chain, 'zero'), flags })
    expect(existsSync(`${path}_parent_${chain.baseId * 10}`)).toBe(true)
    const second = await chain.start({ epoch: 1, bootstrap: answering(chain, 'one'), flags })
    expect(await first.exited).toBe(0)
    second.kill('SIGTERM')
    expect(await second.exited).toBe(0)
    expect(chain.leftOver()).toEqual([])
  }, 120_000)

  test('a child that fails to start leaves the parent serving, with its admin server, and the next one succeeds', async () => {
    await using chain = new RestartChain()
    await chain.start({ epoch: 0, bootstrap: answering(chain, 'zero') })
    const load = steadyLoad(chain.port, 1)
    const taken = { socket_address: { address: '127.0.0.1', port_value: chain.adminPort } }
    const failing = await chain.start({ epoch: 1, bootstrap: answering(chain, 'one', taken), notReady: true })
    expect(await failing.exited).toBe(1)
    expect(failing.log()).toContain('Address already in use')
    await chain.untilEpoch(0)
    expect(await chain.get()).toBe('zero')
    await chain.start({ epoch: 1, bootstrap: answering(chain, 'one') })
    await chain.untilAnswer('one')
    expect((await load.stop()).failures).toEqual([])
  }, 120_000)

  test('a parent whose admin address is taken when its child dies gets it back later', async () => {
    await using chain = new RestartChain()
    const first = await chain.start({ epoch: 0, bootstrap: answering(chain, 'zero') })
    const admin = { address: { socket_address: { address: '127.0.0.1', port_value: 0 } } }
    const bootstrap = { ...answering(chain, 'one'), admin }
    const child = await chain.start({ epoch: 1, bootstrap, notReady: true })
    await chain.untilAnswer('one').catch((error: unknown) => {
      throw new Error(`${String(error)}\n${child.log()}`)
    })
    const taken = Bun.listen({ hostname: '127.0.0.1', port: chain.adminPort, socket: { data() {} } })
    child.kill('SIGKILL')
    await chain.untilAnswer('zero')
    await eventually('a complaint', async () => first.log().includes(`cannot bind '127.0.0.1:${chain.adminPort}'`))
    taken.stop(true)
    await chain.untilEpoch(0, first)
  }, 120_000)

  test('places that are taken, and parents that are not there', async () => {
    await using chain = new RestartChain()
    const bootstrap = answering(chain, 'zero')
    const noRegion = await chain.start({ epoch: 1, bootstrap, notReady: true })
    expect(await noRegion.exited).toBe(1)
    expect(noRegion.log()).toContain('cannot open shared memory region /envoy_shared_memory_')
    expect(chain.leftOver()).toEqual([])

    const first = await chain.start({ epoch: 0, bootstrap })
    const twin = await chain.start({ epoch: 0, bootstrap, notReady: true })
    expect(await twin.exited).toBe(1)
    const scaled = chain.baseId * 10
    expect(twin.log()).toBe(
      `unable to bind domain socket with base_id=${scaled}, id=0, errno=98 (see --base-id option)\n`,
    )
    expect(await chain.get()).toBe('zero')
    first.kill('SIGKILL')
    await first.exited

    const alone = await chain.start({ epoch: 1, bootstrap, flags: ['--skip-hot-restart-on-no-parent'] })
    expect(alone.log()).toContain('hot restart sendmsg() connection refused, falling back to regular restart')
    expect(await chain.get()).toBe('zero')
    alone.kill('SIGTERM')
    expect(await alone.exited).toBe(0)
    expect(chain.leftOver()).toEqual([])
  }, 120_000)
})

describe.if(process.platform === 'linux' && envoy !== undefined)('hot restart with the real Envoy', () => {
  test('Envoy → Nuncio → Envoy: no request fails, and the counters go along', async () => {
    await using chain = new RestartChain()
    const first = await chain.start({ command: envoy!, epoch: 0, bootstrap: answering(chain, 'zero') })
    const load = steadyLoad(chain.port)
    await Bun.sleep(700)
    const second = await chain.start({ epoch: 1, bootstrap: answering(chain, 'one') })
    await chain.untilStat('server.hot_restart_generation', (value) => value === 2)
    expect(await first.exited).toBe(0)
    const third = await chain.start({ command: envoy!, epoch: 2, bootstrap: answering(chain, 'two') })
    await chain.untilStat('server.hot_restart_generation', (value) => value === 3)
    expect(await second.exited).toBe(0)
    expectNoFailure(await load.stop(), ['zero', 'one', 'two'])
    third.kill('SIGTERM')
    await third.exited
  }, 120_000)

  test('Envoy with a socket for each worker → Nuncio with one for all: nobody’s is lost', async () => {
    await using chain = new RestartChain()
    const bootstrap = withReusePort(chain, 'zero', true)
    const first = await chain.start({ command: envoy!, epoch: 0, bootstrap, concurrency: 3 })
    const load = steadyLoad(chain.port, 4)
    await Bun.sleep(500)
    const second = await chain.start({ epoch: 1, bootstrap: withReusePort(chain, 'one', false), concurrency: 2 })
    expect(await first.exited).toBe(0)
    expectNoFailure(await load.stop(), ['zero', 'one'])
    second.kill('SIGTERM')
    await second.exited
  }, 120_000)
})
