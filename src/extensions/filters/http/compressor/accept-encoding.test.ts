import { expect, test } from 'bun:test'
import { chooseEncoding } from './accept-encoding.ts'

const gzip = { name: 'gzip', chooseFirst: false }
const br = { name: 'br', chooseFirst: false }

// Established against Envoy 1.40.
test.each([
  ['gzip', 'gzip', 'compressor'],
  ['br', 'br', 'compressor'],
  ['gzip, br', 'gzip', 'compressor'],
  ['gzip;q=0.5, br', 'br', 'compressor'],
  ['*', 'gzip', 'wildcard'],
  ['gzip;q=0, *', 'br', 'wildcard'],
  ['identity;q=0, *;q=1', 'gzip', 'wildcard'],
  ['identity', 'identity', 'identity'],
  ['gzip;q=0.5, identity', 'identity', 'identity'],
  ['', 'identity', 'not-valid'],
  ['*;q=0', 'identity', 'not-valid'],
  ['deflate', 'identity', 'not-valid'],
  ['GZIP', 'identity', 'not-valid'],
  ['gzip; q=x', 'identity', 'not-valid'],
  ['gzip;q=', 'identity', 'not-valid'],
  ['gzip;q=nan', 'identity', 'not-valid'],
  ['gzip;q=-1', 'identity', 'not-valid'],
  ['gzip;q=1;foo=2', 'identity', 'not-valid'],
  ['gzip;q', 'gzip', 'compressor'],
  ['gzip;q=inf', 'gzip', 'compressor'],
  ['gzip;level=1;q=0', 'gzip', 'compressor'],
  ['gzip ; q = 0.3 ', 'gzip', 'compressor'],
  [', ,gzip', 'gzip', 'compressor'],
] as const)('%p chooses %s', (accept, encoding, because) => {
  expect(chooseEncoding(accept, [gzip, br])).toEqual({ encoding, because })
})

test('equal weights: the earlier one, or the one that asks to be first', () => {
  expect(chooseEncoding('br;q=0.5, gzip;q=0.5', [gzip, br]).encoding).toBe('br')
  expect(chooseEncoding('gzip, br', [gzip, { ...br, chooseFirst: true }]).encoding).toBe('br')
})

test('nothing on offer is not valid', () => {
  expect(chooseEncoding('gzip', [])).toEqual({ encoding: 'identity', because: 'not-valid' })
})
