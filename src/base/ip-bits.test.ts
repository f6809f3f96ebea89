import { expect, test } from 'bun:test'
import { formatIp, maskIp, parseIp, samePrefix, unmapIp } from './ip-bits.ts'

const canonical = (text: string) => {
  const bits = parseIp(text)
  return bits === undefined ? undefined : formatIp(bits)
}

test('ip: text becomes canonical as inet_ntop writes it', () => {
  const cases: readonly (readonly [string, string])[] = [
    ['127.0.0.1', '127.0.0.1'],
    ['255.255.255.255', '255.255.255.255'],
    ['::', '::'],
    ['::1', '::1'],
    ['0:0:0:0:0:0:0:1', '::1'],
    ['2001:DB8:0:0:1:0:0:1', '2001:db8::1:0:0:1'],
    ['2001:db8:0:1:1:1:1:1', '2001:db8:0:1:1:1:1:1'],
    ['1:0:0:0::', '1::'],
    ['fe80::0001', 'fe80::1'],
    ['::ffff:10.0.0.1', '::ffff:10.0.0.1'],
    ['::ffff:0a00:1', '::ffff:10.0.0.1'],
    ['64:ff9b::1.2.3.4', '64:ff9b::102:304'],
    ['1:2:3:4:5:6:7::', '1:2:3:4:5:6:7:0'],
  ]
  for (const [text, expected] of cases) expect([text, canonical(text)]).toEqual([text, expected])
})

test('ip: what is no address is refused', () => {
  for (const text of [
    '',
    '1',
    '1.2.3',
    '1.2.3.4.5',
    '127.0.0.300',
    '01.2.3.4',
    '1.2.3.4 ',
    '1..2.3',
    'localhost',
    ':',
    ':::',
    '1::2::3',
    '1:2:3:4:5:6:7',
    '1:2:3:4:5:6:7:8:9',
    '12345::',
    '::g',
    '::1%lo',
    '[::1]',
    '::1.2.3',
    '1.2.3.4::',
    ':1:2:3:4:5:6:7',
  ]) {
    expect([text, canonical(text)]).toEqual([text, undefined])
  }
})

test('ip: prefixes, masks and mapped addresses', () => {
  const a = parseIp('10.1.2.3')!
  expect(samePrefix(a, parseIp('10.1.255.255')!, 16)).toBe(true)
  expect(samePrefix(a, parseIp('10.1.255.255')!, 17)).toBe(false)
  expect(samePrefix(a, parseIp('11.0.0.0')!, 0)).toBe(true)
  expect(samePrefix(parseIp('2001:db8::1')!, parseIp('2001:db8:0:0:8000::')!, 64)).toBe(true)
  expect(samePrefix(parseIp('2001:db8::1')!, parseIp('2001:db8:0:0:8000::')!, 65)).toBe(false)
  expect(samePrefix(a, parseIp('::')!, 0)).toBe(false)
  expect(formatIp(maskIp(a, 9))).toBe('10.0.0.0')
  expect(formatIp(maskIp(parseIp('2001:db8:ffff:ffff::1')!, 36))).toBe('2001:db8:f000::')
  expect(unmapIp(parseIp('::ffff:1.2.3.4')!)).toEqual(parseIp('1.2.3.4'))
  expect(unmapIp(parseIp('::1')!)).toBeUndefined()
})
