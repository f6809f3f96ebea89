/* What is shipped starts and works: the package as npm would install it, and the single executable. */
import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from 'node:fs'
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
    await expectFrontProxyWorks([launcher])
  }, 120_000)
})

describe('npm run build:binary', () => {
  test('the executable works alone', async () => {
    const binary = join(scratch, 'alone')
    expectSuccess([process.execPath, join(root, 'tools/build-binary.ts'), '--outfile', binary])
    expect(expectSuccess([binary, '--version'])).toContain(version)
    await expectFrontProxyWorks([binary])
  }, 120_000)
})
