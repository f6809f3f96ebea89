/* Expected values are those of Envoy 1.40 for the same files. */
import { afterEach, describe, expect, test } from 'bun:test'
import { mkdirSync, mkdtempSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fakeReader } from '../../test/support/fake-reader.ts'
import { createTestScope } from '../../test/support/fake-scope.ts'
import { keptLogger } from '../../test/support/kept-logger.ts'
import type { Json } from '../api/config.ts'
import { LiveDispatcher } from '../event/live-dispatcher.ts'
import { readDiskLayer } from './disk-layer.ts'
import { LayeredRuntime } from './layered-runtime.ts'
import { parseLayeredRuntime } from './runtime-config.ts'

const ONEOFS = { layer_specifier: ['static_layer', 'disk_layer', 'admin_layer', 'rtds_layer'] }

const folders: string[] = []
afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true })
})

/** Files by path below a fresh folder, which is returned. */
function tree(files: Record<string, string>): string {
  const root = mkdtempSync(join(tmpdir(), 'nuncio-runtime-'))
  folders.push(root)
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(join(root, dirname(path)), { recursive: true })
    writeFileSync(join(root, path), text)
  }
  return root
}

function disk(name: string, root: string, subdirectory: string, cluster = false) {
  return { name, disk_layer: { symlink_root: root, subdirectory, append_service_cluster: cluster } }
}

function runtimeOf(...layers: Record<string, Json>[]) {
  const { reader, findings } = fakeReader({ layers }, ONEOFS)
  const config = parseLayeredRuntime(reader)
  expect(findings.errors).toEqual([])
  expect(findings.unread()).toEqual([])
  const scope = createTestScope()
  let changed: () => void = () => undefined
  const logger = keptLogger('runtime')
  const onChange = (): void => changed()
  const dispatcher = new LiveDispatcher('main_thread')
  const deps = { dispatcher, scope: scope.scope, serviceCluster: 'mycluster', logger, onChange }
  const runtime = new LayeredRuntime(config, deps)
  const nextChange = async (): Promise<void> => new Promise((resolve) => (changed = resolve))
  return { runtime, scope, logger, nextChange }
}

describe('disk layer', () => {
  test('files are values, directories are dots, links are followed', () => {
    const root = tree({ 'v1/envoy/health_check/min_interval': '5', 'v1/envoy/bool': 'true' })
    symlinkSync('bool', join(root, 'v1/envoy/link'))
    symlinkSync('v1', join(root, 'current'))
    const { runtime } = runtimeOf(disk('d', join(root, 'current'), 'envoy'))
    expect(runtime.current.integer('health_check.min_interval', 0)).toBe(5)
    expect([runtime.current.boolean('bool', false), runtime.current.boolean('link', false)]).toEqual([true, true])
    runtime.close()
  })

  test.each([
    ['# comment\nhello\nworld  \n\n', 'hello\nworld'],
    ['numerator: 1\ndenominator: TEN_THOUSAND\n', 'numerator: 1\ndenominator: TEN_THOUSAND'],
    ['#only', ''],
    ['', ''],
    ['9\n', '9'],
    [' 9', ' 9'],
  ])('%j reads as %j', (text, value) => {
    const root = tree({ 'sub/key': text })
    const read = readDiskLayer(
      { kind: 'disk', name: 'd', symlinkRoot: root, subdirectory: 'sub', appendServiceCluster: false },
      '',
    )
    expect(read.kind === 'loaded' && read.entries.get('key')?.text).toBe(value)
  })

  test('a directory of the service cluster overrides; one that is not there is no layer', () => {
    const root = tree({ 'envoy/a': '1', 'envoy/b': '1', 'override/mycluster/a': '7' })
    const layers = [disk('one', root, 'envoy'), disk('two', root, 'override', true), disk('none', root, 'missing')]
    const { runtime, scope } = runtimeOf(...layers)
    expect([runtime.current.get('a'), runtime.current.get('b')]).toEqual(['7', '1'])
    expect(runtime.layers().map(({ name }) => name)).toEqual(['one', 'two'])
    expect(scope.nonZero()).toEqual({
      'runtime.load_success': 1,
      'runtime.override_dir_exists': 1,
      'runtime.num_keys': 2,
      'runtime.num_layers': 2,
    })
    runtime.close()
  })

  test('a tree that is too deep is left out and counted', () => {
    const root = tree({ [`envoy/${'d/'.repeat(16)}key`]: '1', 'envoy/k': '1' })
    const { runtime, scope, logger } = runtimeOf(disk('deep', root, 'envoy'), { name: 's', static_layer: { x: 1 } })
    expect([runtime.current.get('k'), runtime.current.get('x')]).toEqual([undefined, '1'])
    expect([scope.counter('runtime.load_error'), scope.counter('runtime.load_success')]).toEqual([1, 0])
    expect(logger.lines).toEqual([
      'debug error loading runtime values for layer deep from disk: Walk recursion depth exceeded 16',
    ])
    runtime.close()
  })

  test('a swap of the symlink loads anew, below the admin layer; a snapshot taken before stays as it was', async () => {
    const root = tree({ 'v1/envoy/key': '1', 'v2/envoy/key': '2', 'v2/envoy/new': 'x' })
    symlinkSync('v1', join(root, 'current'))
    const { runtime, scope, nextChange } = runtimeOf(disk('d', join(root, 'current'), 'envoy'), {
      name: 'adm',
      admin_layer: {},
    })
    runtime.modify([['new', 'mine']])
    const before = runtime.current
    const changed = nextChange()
    symlinkSync('v2', join(root, 'next'))
    renameSync(join(root, 'next'), join(root, 'current'))
    await changed
    expect([runtime.current.get('key'), runtime.current.get('new')]).toEqual(['2', 'mine'])
    expect([before.get('key'), before.get('new')]).toEqual(['1', 'mine'])
    expect(scope.counter('runtime.load_success')).toBe(3)
    runtime.close()
  })

  test('a root that cannot be watched is refused in the words of Envoy', () => {
    const { reader, findings } = fakeReader({ layers: [disk('d', '/nowhere/current', 'envoy')] }, ONEOFS)
    parseLayeredRuntime(reader)
    expect(findings.errors).toEqual([
      'unable to add filesystem watch for file /nowhere/current: No such file or directory',
    ])
  })
})
