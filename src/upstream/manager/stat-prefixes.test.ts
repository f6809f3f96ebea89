import { expect, test } from 'bun:test'
import { StatPrefixes } from './stat-prefixes.ts'

test('a prefix is used while a cluster counts there or below it', () => {
  const prefixes = new StatPrefixes()
  const used = () => ['cluster.a.', 'cluster.a.b.', 'cluster.ab.'].filter((prefix) => prefixes.isUsed(prefix))
  prefixes.add('cluster.a.')
  prefixes.add('cluster.a.b.')
  prefixes.add('cluster.a.b.')
  expect(used()).toEqual(['cluster.a.', 'cluster.a.b.'])
  prefixes.remove('cluster.a.')
  prefixes.remove('cluster.a.b.')
  expect(used()).toEqual(['cluster.a.', 'cluster.a.b.'])
  prefixes.remove('cluster.a.b.')
  expect(used()).toEqual([])
})
