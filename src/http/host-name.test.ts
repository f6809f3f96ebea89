import { expect, test } from 'bun:test'
import { portStart, withoutPort } from './host-name.ts'

test('the port of a host is what stands behind the last colon, be it a number or not', () => {
  const hosts = ['a.com:81', 'a.com:', 'a.com:x', 'a:b:c', '[::1]:81', '[::1]:']
  expect(hosts.map(withoutPort)).toEqual(['a.com', 'a.com', 'a.com', 'a:b', '[::1]', '[::1]'])
})

test('a host without a port is left alone', () => {
  expect(['a.com', '', '[::1]', '[a:b'].map(portStart)).toEqual([-1, -1, -1, 2])
})
