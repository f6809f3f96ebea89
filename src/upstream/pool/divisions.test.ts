import { expect, test } from 'bun:test'
import type { FilterStateObject } from '../../api/stream-info.ts'
import { Divisions } from './divisions.ts'

const object = (more: Partial<FilterStateObject>): FilterStateObject => ({ serializeAsString: () => '', ...more })

test('streams part by the hashes of what they share, or by the very object; other objects do not part them', () => {
  const divisions = new Divisions()
  const key = (...objects: readonly FilterStateObject[]) =>
    divisions.keyOf(new Map(objects.map((each, i) => [`${i}`, each])))
  const hashed = (hash: bigint) => object({ hash: () => hash, divides: 'by-hash' })
  const itself = object({ divides: 'by-identity' })
  expect(key(object({ hash: () => 1n }))).toBe('')
  expect(key(hashed(1n))).toBe(key(hashed(1n), object({})))
  expect(key(hashed(1n))).not.toBe(key(hashed(2n)))
  expect(key(itself)).toBe(key(itself))
  expect(key(itself)).not.toBe(key(object({ divides: 'by-identity' })))
})
