/*
 * bin/nuncio without the proxy: copied into a made-up package whose program prints what it was started with, so that the
 * tests see the launcher and nothing else.
 */
import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import {
  chmodSync,
  cpSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  realpathSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'

const repository = join(import.meta.dir, '../..')
const PROBE = `console.log(JSON.stringify({
  main: Bun.main, pid: process.pid, args: process.argv.slice(2),
  variables: Object.keys(process.env).filter((name) => name.startsWith('BUN_') || name === 'FROM_DOTENV'),
}))`

interface Probe {
  readonly main: string
  readonly pid: number
  readonly args: readonly string[]
  readonly variables: readonly string[]
}

let scratch: string

beforeAll(() => {
  scratch = realpathSync(mkdtempSync(join(tmpdir(), 'nuncio-launcher-')))
})

afterAll(() => {
  rmSync(scratch, { recursive: true })
})

describe('bin/nuncio', () => {
  test('runs the sources in a checkout, with arguments as they are', async () => {
    const root = makePackage('checkout', { sources: true, bunIn: 'checkout/node_modules' })
    const { probe } = await run(join(root, 'bin/nuncio'), ['-c', 'a b.yaml', '', '--config-yaml', '{a: "$x *"}'])
    expect(probe.main).toBe(join(root, 'src/cli/main.ts'))
    expect(probe.args).toEqual(['-c', 'a b.yaml', '', '--config-yaml', '{a: "$x *"}'])
  })

  test('runs dist/ in a checkout as long as nothing is newer than it', async () => {
    const root = makePackage('built', { sources: true, bunIn: 'built/node_modules' })
    for (const folder of ['schema', 'tools', 'dist']) mkdirSync(join(root, folder))
    writeFileSync(join(root, 'package-lock.json'), '{}')
    writeFileSync(join(root, 'dist/main.js'), PROBE)
    const stamp = join(root, 'dist/built')
    writeFileSync(stamp, '')
    const later = new Date(Date.now() + 60_000)
    utimesSync(stamp, later, later)
    expect((await run(join(root, 'bin/nuncio'), [])).probe.main).toBe(join(root, 'dist/main.js'))
    const evenLater = new Date(Date.now() + 120_000)
    utimesSync(join(root, 'src'), evenLater, evenLater) // as when a file in it was deleted
    expect((await run(join(root, 'bin/nuncio'), [])).probe.main).toBe(join(root, 'src/cli/main.ts'))
  })

  test('runs dist/ when published, from the link that npm makes, with Bun hoisted beside it', async () => {
    const root = makePackage('app/node_modules/nuncio', { sources: false, bunIn: 'app/node_modules' })
    const link = join(scratch, 'app/node_modules/.bin/nuncio')
    mkdirSync(dirname(link), { recursive: true })
    symlinkSync('../nuncio/bin/nuncio', link)
    const { probe } = await run(link, ['--version'])
    expect(probe.main).toBe(join(root, 'dist/main.js'))
    expect(probe.args).toEqual(['--version'])
  })

  test.skipIf(!hasAvx2())('takes the best Bun where an install script has moved it, not the second best', async () => {
    const root = makePackage('moved', { sources: true, bunIn: undefined })
    const modules = join(root, 'node_modules')
    mkdirSync(join(modules, '@oven/bun-linux-x64'), { recursive: true })
    mkdirSync(join(modules, '@oven/bun-linux-x64-baseline/bin'), { recursive: true })
    writeFileSync(join(modules, '@oven/bun-linux-x64-baseline/bin/bun'), '#!/bin/sh\nexit 7\n', { mode: 0o755 })
    mkdirSync(join(modules, 'bun/bin'), { recursive: true })
    symlinkSync(process.execPath, join(modules, 'bun/bin/bun.exe'))
    expect((await run(join(root, 'bin/nuncio'), ['z'])).code).toBe(0)
  })

  test('is found through PATH and through a link to a link', async () => {
    const root = makePackage('path', { sources: true, bunIn: 'path/node_modules' })
    const bin = join(scratch, 'path-bin')
    mkdirSync(bin)
    symlinkSync(join(root, 'bin/nuncio'), join(bin, 'first'))
    symlinkSync('first', join(bin, 'nuncio'))
    const { probe } = await run('nuncio', [], { env: { PATH: `${bin}:${process.env['PATH']}` } })
    expect(probe.main).toBe(join(root, 'src/cli/main.ts'))
  })

  test('becomes the proxy: its pid is the proxy’s', async () => {
    const root = makePackage('pid', { sources: true, bunIn: 'pid/node_modules' })
    const { probe, pid } = await run(join(root, 'bin/nuncio'), [])
    expect(probe.pid).toBe(pid)
  })

  test('drops the variables that change or stop Bun but for its own, and reads no file of the current folder', async () => {
    const root = makePackage('variables', { sources: true, bunIn: 'variables/node_modules' })
    const elsewhere = join(scratch, 'elsewhere')
    mkdirSync(elsewhere)
    writeFileSync(join(elsewhere, '.env'), 'FROM_DOTENV=1\n')
    writeFileSync(join(elsewhere, 'bunfig.toml'), 'preload = ["./preload.ts"]\n')
    writeFileSync(join(elsewhere, 'preload.ts'), `console.log('preloaded')`)
    const env = {
      BUN_JSC_noSuchOption: '1',
      BUN_OPTIONS: '--print 1',
      BUN_CONFIG_VERBOSE_FETCH: 'curl',
      A: 'x\nBUN_B=1',
    }
    const { probe } = await run(join(root, 'bin/nuncio'), ['x'], { env, cwd: elsewhere })
    expect(probe.variables.toSorted()).toEqual([
      'BUN_GC_TIMER_DISABLE',
      'BUN_JSC_numberOfGCMarkers',
      'BUN_JSC_osrExitCountForReoptimizationFromLoop',
      'BUN_JSC_percentCPUPerMBForEdenTimer',
    ])
    expect(probe.args).toEqual(['x'])
  })

  test('a published package without Bun says what is missing', async () => {
    const root = makePackage('bare', { sources: false, bunIn: undefined })
    const { code, stderr } = await run(join(root, 'bin/nuncio'), [])
    expect(code).toBe(1)
    expect(stderr).toContain('found no Bun')
  })

  test('a checkout without node_modules installs them first and says so', async () => {
    const root = makePackage('fresh', { sources: true, bunIn: undefined })
    writeFileSync(join(root, 'package-lock.json'), '{}')
    const fakeNpm = join(scratch, 'fake-npm')
    mkdirSync(fakeNpm)
    // Stands in for the registry: puts the runtime where npm would.
    const script = `#!/bin/sh\necho "npm $*"\nmkdir -p node_modules && ln -s '${runtimeFolder()}' node_modules/@oven\n`
    writeFileSync(join(fakeNpm, 'npm'), script)
    chmodSync(join(fakeNpm, 'npm'), 0o755)
    const { probe, stderr } = await run(join(root, 'bin/nuncio'), ['y'], {
      env: { PATH: `${fakeNpm}:${process.env['PATH']}` },
    })
    expect(stderr).toContain('installing its dependencies')
    expect(stderr).toContain('npm ci --ignore-scripts')
    expect(probe.args).toEqual(['y'])
  })
})

function makePackage(path: string, options: { readonly sources: boolean; readonly bunIn: string | undefined }): string {
  const root = join(scratch, path)
  mkdirSync(root, { recursive: true })
  cpSync(join(repository, 'bin'), join(root, 'bin'), { recursive: true })
  const main = join(root, options.sources ? 'src/cli/main.ts' : 'dist/main.js')
  mkdirSync(dirname(main), { recursive: true })
  writeFileSync(main, PROBE)
  if (options.bunIn !== undefined) {
    mkdirSync(join(scratch, options.bunIn), { recursive: true })
    symlinkSync(runtimeFolder(), join(scratch, options.bunIn, '@oven'))
  }
  return root
}

function hasAvx2(): boolean {
  return process.platform === 'linux' && /\bavx2\b/.test(readFileSync('/proc/cpuinfo', 'utf8'))
}

/** The platform packages that this repository itself was installed with. */
function runtimeFolder(): string {
  const folder = join(repository, 'node_modules/@oven')
  expect(readdirSync(folder).length).toBeGreaterThan(0)
  return folder
}

async function run(
  command: string,
  args: readonly string[],
  options: { readonly env?: Record<string, string>; readonly cwd?: string } = {},
): Promise<{ probe: Probe; pid: number; code: number; stderr: string }> {
  // In a clean environment: the shell finds the command, so that a PATH given here counts.
  const child = Bun.spawn(['/bin/sh', '-c', 'exec "$0" "$@"', command, ...args], {
    cwd: options.cwd ?? scratch,
    env: { PATH: process.env['PATH'] ?? '', ...options.env },
    stdin: 'ignore',
    stdout: 'pipe',
    stderr: 'pipe',
  })
  const [stdout, stderr, code] = await Promise.all([
    new Response(child.stdout).text(),
    new Response(child.stderr).text(),
    child.exited,
  ])
  const none: Probe = { main: '', pid: 0, args: [], variables: ['nothing ran'] }
  return { probe: code === 0 ? (JSON.parse(stdout) as Probe) : none, pid: child.pid, code, stderr }
}
