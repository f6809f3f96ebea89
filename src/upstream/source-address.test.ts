import { expect, test } from 'bun:test'
import { parseIpAddress, pipeAddress } from '../network/address.ts'
import { sourceAddressFor } from './source-address.ts'

const FOUR = parseIpAddress('127.0.0.2', 0)
const SIX = parseIpAddress('::1', 0)

test('the source address is of the family of the upstream, else the first', () => {
  const toFour = parseIpAddress('127.0.0.1', 80)
  const toSix = parseIpAddress('::1', 80)
  expect(sourceAddressFor(toFour, [])).toBeUndefined()
  expect(sourceAddressFor(toSix, [FOUR])).toBe(FOUR)
  expect([toFour, toSix].map((to) => sourceAddressFor(to, [FOUR, SIX]))).toEqual([FOUR, SIX])
  expect([toFour, toSix].map((to) => sourceAddressFor(to, [SIX, FOUR]))).toEqual([FOUR, SIX])
  expect(sourceAddressFor(pipeAddress('/tmp/x', 0), [SIX, FOUR])).toBeUndefined()
})
