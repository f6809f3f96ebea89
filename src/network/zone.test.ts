import { expect, test } from 'bun:test'
import { ipAddress } from './address.ts'
import { numberedZone } from './zone.ts'

test('zones: the interface of a link-local address has a number, and other texts stay', () => {
  for (const host of ['fe80::1%lo', 'febf::1%lo', 'ff02::1%lo', 'FE80::1%lo'])
    expect([host, numberedZone(host)]).toEqual([host, expect.stringMatching(/^[^%]+%[1-9]\d*$/)])
  for (const host of ['fe80::1', 'fe80::1%', 'fe80::1%no such', 'fe80::1%25lo', `fe80::1%${'a'.repeat(40)}`, '::1%lo'])
    expect(numberedZone(host)).toBe(host)
  for (const host of ['fec0::1%lo', 'ff05::1%lo', '10.0.0.1%lo', '%lo', 'name%lo', 'fe80::1%3'])
    expect(numberedZone(host)).toBe(host)
})

test('zones: an address of any kind may have the number of one', () => {
  expect(ipAddress('fe80:0::1%2', 80)).toMatchObject({ family: 6, ip: 'fe80::1%2', text: '[fe80::1%2]:80' })
  expect(ipAddress('2001:db8::1%1', 80)?.ip).toBe('2001:db8::1%1')
  expect(ipAddress('fe80::1%0', 80)?.ip).toBe('fe80::1')
  for (const ip of ['fe80::1%', 'fe80::1%lo', 'fe80::1%-1', 'fe80::1%1%1', 'fe80::1%4294967296', '10.0.0.1%1'])
    expect(ipAddress(ip, 80)).toBeUndefined()
})
