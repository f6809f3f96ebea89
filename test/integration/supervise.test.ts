/* `nuncio supervise`: epochs by signal and by file, under load. */
import { expect, test } from 'bun:test'
import { renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { direct, httpListener } from '../support/configs.ts'
import { eventually } from '../support/dynamic-files.ts'
import { NUNCIO, RestartChain } from '../support/restart-chain.ts'
import { steadyLoad } from '../support/steady-load.ts'

test.if(process.platform === 'linux')(
  'supervise --watch: a changed file takes over, a broken one does not, SIGHUP and SIGTERM do as they say',
  async () => {
    await using chain = new RestartChain()
    const path = join(chain.folder, 'envoy.json')
    const write = (text: string): void => {
      writeFileSync(`${path}.new`, text)
      renameSync(`${path}.new`, path)
    }
    const answering = (body: string): string => {
      const address = { socket_address: { address: '127.0.0.1', port_value: chain.port } }
      return JSON.stringify(chain.bootstrap({ ...httpListener('front', { routes: [direct('/', body)] }), address }))
    }
    write(answering('one'))
    const [, , , , ...flags] = chain.flags(0)
    const place = ['--base-id', String(chain.baseId), ...flags]
    const supervisor = chain.spawn([NUNCIO, 'supervise', '--watch', '--', '-c', path, ...place])
    await chain.untilAnswer('one')
    const load = steadyLoad(chain.port)

    write(answering('two'))
    await chain.untilAnswer('two')

    write(answering('three').replace('route_config', 'rout_config'))
    const refused = (times: number) => async () =>
      supervisor.log().split('the configuration is refused').length - 1 >= times
    await eventually('the refusal', refused(1))
    expect(supervisor.log()).toContain('unknown field "rout_config"')
    expect(await chain.get()).toBe('two')

    supervisor.kill('SIGHUP')
    await eventually('a second refusal', refused(2))
    expect(await chain.get()).toBe('two')

    write(answering('four'))
    await chain.untilAnswer('four')
    supervisor.kill('SIGHUP')
    await chain.untilEpoch(3)
    const result = await load.stop()
    expect(result.failures).toEqual([])
    expect([...result.bodies].sort()).toEqual(['four', 'one', 'two'])
    supervisor.kill('SIGTERM')
    expect(await supervisor.exited).toBe(0)
    expect(chain.leftOver()).toEqual([])
  },
  120_000,
)
