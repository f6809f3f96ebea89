/* The examples do what they say, in Nuncio and, where there is one, in the real Envoy. */
import { describe, expect, test } from 'bun:test'
import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { expectFrontProxyWorks } from '../support/front-proxy.ts'
import { runCommand } from '../support/run-command.ts'

const root = join(import.meta.dir, '../..')
const launcher = join(root, 'bin/nuncio')
const envoy = process.env['ENVOY'] ?? Bun.which('envoy') ?? undefined
const configs = readdirSync(join(root, 'examples'))
  .map((name) => join(root, 'examples', name, 'envoy.yaml'))
  .filter((path) => existsSync(path))

if (envoy === undefined) console.warn('skipped: the examples in the real Envoy (no envoy on the PATH, no $ENVOY)')

for (const [name, command] of [
  ['nuncio', launcher],
  ['envoy', envoy],
] as const) {
  describe.skipIf(command === undefined)(name, () => {
    for (const config of configs) {
      test(`accepts ${config.slice(root.length + 1)}`, () => {
        const { code, stdout, stderr } = runCommand([command!, '--mode', 'validate', '-c', config])
        expect([code, stdout + stderr]).toEqual([0, expect.stringContaining(`configuration '${config}' OK`)])
      })
    }

    test('front-proxy: every route, the WebSocket, the log and the admin server', async () => {
      await expectFrontProxyWorks([command!])
    }, 40_000)
  })
}
