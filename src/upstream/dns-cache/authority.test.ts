import { expect, test } from 'bun:test'
import { hostAndPort, parseAuthority } from './authority.ts'

test.each([
  ['a.test', 'a.test:80', 'a.test', 80],
  ['A.test:8080', 'A.test:8080', 'A.test', 8080],
  ['a.test:', 'a.test::80', 'a.test:', 80],
  ['a.test:x', 'a.test:x:80', 'a.test:x', 80],
  ['a.test:99999', 'a.test:99999', 'a.test:99999', undefined],
  ['[::1]', '[::1]:80', '::1', 80],
  ['[::1]:443', '[::1]:443', '::1', 443],
  ['10.0.0.1', '10.0.0.1:80', '10.0.0.1', 80],
])('host %s', (host, key, name, port) => {
  expect(hostAndPort(host, 80)).toBe(key)
  expect(parseAuthority(key)).toEqual({ host: name, port })
})
