import { expect, test } from 'bun:test'
import { VirtualHostIndex } from './virtual-host-index.ts'

function index(...domains: string[]): VirtualHostIndex<string> {
  const made = new VirtualHostIndex<string>()
  for (const domain of domains) expect(made.add(domain, domain)).toBeUndefined()
  return made
}

test('virtual hosts: exact beats suffix beats prefix beats *', () => {
  const hosts = index('*', 'www.*', '*.example.com', 'www.example.com')
  expect(hosts.find('www.example.com')).toBe('www.example.com')
  expect(hosts.find('api.example.com')).toBe('*.example.com')
  expect(hosts.find('www.other.org')).toBe('www.*')
  expect(hosts.find('other.org')).toBe('*')
})

test('virtual hosts: the longest wildcard wins, and none stands for nothing', () => {
  const hosts = index('*.com', '*.example.com', '*-bar.foo.com', 'www.*', 'www.a.*')
  expect(hosts.find('x.example.com')).toBe('*.example.com')
  expect(hosts.find('.example.com')).toBe('*.com')
  expect(hosts.find('baz-bar.foo.com')).toBe('*-bar.foo.com')
  expect(hosts.find('www.a.org')).toBe('www.a.*')
  expect(hosts.find('www.')).toBeUndefined()
})

test('virtual hosts: a port is part of the name', () => {
  const hosts = index('www.example.com', 'www.*')
  expect(hosts.find('www.example.com:80')).toBe('www.*')
})

test('virtual hosts: duplicates are found without regard to case', () => {
  const hosts = index('a.com', '*', '*.b.com')
  expect(hosts.add('A.com', 'x')).toEqual({ kind: 'duplicate', domain: 'a.com' })
  expect(hosts.add('*.B.com', 'x')).toEqual({ kind: 'duplicate', domain: '*.b.com' })
  expect(hosts.add('*', 'x')).toEqual({ kind: 'second-wildcard', domain: '*' })
})
