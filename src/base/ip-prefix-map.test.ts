import { expect, test } from 'bun:test'
import { parseIp } from './ip-bits.ts'
import { IpPrefixMap } from './ip-prefix-map.ts'

function mapOf(...ranges: readonly string[]): IpPrefixMap<string> {
  const map = new IpPrefixMap<string>()
  for (const range of ranges) {
    const [ip = '', length] = range.split('/')
    map.add({ bits: parseIp(ip)!, length: Number(length) }, range)
  }
  return map
}

test('IP prefix map: the longest range that holds the address', () => {
  const map = mapOf('10.0.0.0/8', '10.1.0.0/16', '10.1.2.3/32', '0.0.0.0/0', '2001:db8::/32')
  const longest = (ip: string) => map.longest(parseIp(ip)!)
  expect(longest('10.1.2.3')).toBe('10.1.2.3/32')
  expect(longest('10.1.2.4')).toBe('10.1.0.0/16')
  expect(longest('10.2.2.4')).toBe('10.0.0.0/8')
  expect(longest('11.2.2.4')).toBe('0.0.0.0/0')
  expect(longest('2001:db8:1::1')).toBe('2001:db8::/32')
  expect(longest('2001:db9::1')).toBeUndefined()
})

test('IP prefix map: all ranges, the longest first; equal ones keep their order', () => {
  const map = mapOf('0.0.0.0/0', '10.9.9.9/8', '10.0.0.0/8', '10.1.0.0/16')
  expect(map.all(parseIp('10.1.1.1')!)).toEqual(['10.1.0.0/16', '10.9.9.9/8', '10.0.0.0/8', '0.0.0.0/0'])
  expect(map.all(parseIp('::1')!)).toEqual([])
})
