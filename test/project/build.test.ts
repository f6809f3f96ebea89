/* What is shipped starts and works: the package as npm would install it, and the single executable. */
import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expectFrontProxyWorks } from '../support/front-proxy.ts'
import { expectSuccess } from '../support/run-command.ts'

const root = join(import.meta.dir, '../..')
const version = (JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { version: string }).version
let scratch: string

beforeAll(() => {
  scratch = mkdtempSync(join(tmpdir(), 'nuncio-build-'))
})

afterAll(() => {
  rmSync(scratch, { recursive: true })
})

describe('npm run build', () => {
  test('the packed package works where it is installed', async () => {
    expectSuccess(['npm', 'pack', '--silent', '--pack-destination', scratch])
    const modules = join(scratch, 'app/node_modules')
    mkdirSync(modules, { recursive: true })
    expectSuccess(['tar', '-xzf', join(scratch, `nuncio-${version}.tgz`), '-C', modules])
    expectSuccess(['mv', join(modules, 'package'), join(modules, 'nuncio')])
    symlinkSync(join(root, 'node_modules/@oven'), join(modules, '@oven'))
    const launcher = join(modules, 'nuncio/bin/nuncio')
    expect(expectSuccess([launcher, '--version'])).toContain(version)
    expectLateModulesLoad(launcher)
    await expectFrontProxyWorks([launcher])
  }, 120_000)
})

describe('npm run build:binary', () => {
  test('the executable works alone', async () => {
    const binary = join(scratch, 'alone')
    expectSuccess([process.execPath, join(root, 'tools/build-binary.ts'), '--outfile', binary])
    expect(expectSuccess([binary, '--version'])).toContain(version)
    expectLateModulesLoad(binary)
    await expectFrontProxyWorks([binary])
  }, 120_000)
})

/** What is loaded only when a configuration needs it: the YAML library (for an alias), regular expressions, CEL. */
function expectLateModulesLoad(program: string): void {
  const file = join(scratch, 'late.yaml')
  const config = LATE_MODULES_CONFIG.replaceAll('\n    ', '\n')
  writeFileSync(file, config)
  expect(expectSuccess([program, '--mode', 'validate', '-c', file])).toContain('OK')
  writeFileSync(file, config.replace('/a.*', '/a('))
  const { exitCode, stderr } = Bun.spawnSync([program, 'validate', file], { stdin: 'ignore' })
  expect({ exitCode, stderr: stderr.toString() }).toEqual({ exitCode: 1, stderr: expect.stringContaining('missing') })
}

const LATE_MODULES_CONFIG = `
    static_resources:
      listeners:
        - address: &here { socket_address: { address: 127.0.0.1, port_value: 0 } }
          filter_chains:
            - filters:
                - name: hcm
                  typed_config:
                    '@type': type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager
                    stat_prefix: late
                    http_filters:
                      - name: router
                        typed_config: { '@type': type.googleapis.com/envoy.extensions.filters.http.router.v3.Router }
                    route_config:
                      virtual_hosts:
                        - name: all
                          domains: ['*']
                          routes:
                            - match: { safe_regex: { regex: '/a.*' } }
                              direct_response: { status: 200 }
    admin: { address: *here }
`
