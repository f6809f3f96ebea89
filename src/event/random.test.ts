import { expect, test } from 'bun:test'
import { systemRandom } from './random.ts'

test('random: every UUID is another one, of version 4', () => {
  const uuids = Array.from({ length: 1000 }, () => systemRandom.uuid())
  expect(new Set(uuids).size).toBe(1000)
  for (const uuid of uuids)
    expect(uuid).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/)
})
