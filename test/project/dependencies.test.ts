/* What is installed is known: pinned where it must be, and described with its reason. */
import { expect, test } from 'bun:test'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'

interface Manifest {
  readonly dependencies: Readonly<Record<string, string>>
  readonly optionalDependencies: Readonly<Record<string, string>>
  readonly devDependencies: Readonly<Record<string, string>>
}

const root = join(import.meta.dir, '../..')
const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as Manifest

test('Bun is one exact version, the same in every platform package, and the one that runs', () => {
  const platforms = Object.entries(manifest.optionalDependencies).filter(([name]) => name.startsWith('@oven/bun-'))
  expect(platforms.length).toBeGreaterThan(0)
  const versions = [manifest.dependencies['bun'], ...platforms.map(([, version]) => version)]
  expect(new Set(versions)).toEqual(new Set([Bun.version]))
})

test('every dependency has its line in docs/dependencies.md, and every line its dependency', () => {
  const page = readFileSync(join(root, 'docs/dependencies.md'), 'utf8')
  const described = [...page.matchAll(/^\| (`[^|]+`) \|/gm)].flatMap(([, cell]) =>
    cell!.split(', ').map((name) => name.replaceAll('`', '')),
  )
  const names = Object.keys({ ...manifest.dependencies, ...manifest.optionalDependencies, ...manifest.devDependencies })
  const wanted = new Set(names.map((name) => (name.startsWith('@oven/bun-') ? '@oven/bun-*' : name)))
  expect([...new Set(described)].sort()).toEqual([...wanted].sort())
})
