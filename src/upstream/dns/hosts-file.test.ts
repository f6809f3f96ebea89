import { expect, test } from 'bun:test'
import { parseHosts } from './hosts-file.ts'

test('hosts file: lines with the same address, or with a name in common, are one entry', () => {
  const text = `127.0.0.1 localhost
::1 localhost ip6-localhost
127.0.0.1 app # also here
10.0.0.1 Db db.test
10.0.0.2 db
10.0.0.3 other db.test`
  const entries = parseHosts(text)
  expect(entries.get('app')).toEqual(['127.0.0.1', '::1'])
  expect(entries.get('ip6-localhost')).toEqual(['127.0.0.1', '::1'])
  for (const name of ['db', 'db.test', 'other']) expect(entries.get(name)).toEqual(['10.0.0.1', '10.0.0.2', '10.0.0.3'])
})

test('hosts file: a name stays where it was first; lines without an address are none', () => {
  const entries = parseHosts('10.0.0.1 a\n10.0.0.2 b\n10.0.0.2 a c\n;10.0.0.3 d\n300.0.0.1 e\n# 10.0.0.4 f')
  expect(Object.fromEntries(entries)).toEqual({ a: ['10.0.0.1'], b: ['10.0.0.2'], c: ['10.0.0.2'] })
})
