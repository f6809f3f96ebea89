import { expect, test } from 'bun:test'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { murmurHash2 } from './murmur-hash2.ts'
import { toWireText } from './wire-text.ts'
import { xxHash64 } from './xx-hash64.ts'

const FILE = join(import.meta.dir, '../../../shared/peer/vectors/hash.jsonl')

test('values that other proxies have', () => {
  expect(xxHash64('foo')).toBe(3728699739546630719n)
  expect(xxHash64('')).toBe(17241709254077376921n)
  expect(murmurHash2('foo')).toBe(9631199822919835226n)
  expect(murmurHash2('')).toBe(6142509188972423790n)
})

test.skipIf(!existsSync(FILE))('the whole list of hashes', () => {
  for (const line of readFileSync(FILE, 'utf8').split('\n')) {
    if (line === '') continue
    const vector = JSON.parse(line) as { input: string; seed?: string; xxhash64: string; murmurhash2?: string }
    const input = toWireText(vector.input)
    expect(`${vector.input} ${xxHash64(input, BigInt(vector.seed ?? 0))}`).toBe(`${vector.input} ${vector.xxhash64}`)
    if (vector.murmurhash2 !== undefined) expect(`${murmurHash2(input)}`).toBe(vector.murmurhash2)
  }
})
