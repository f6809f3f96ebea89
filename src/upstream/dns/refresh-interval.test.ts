import { expect, test } from 'bun:test'
import { DEFAULT_DNS } from '../config/dns-settings.ts'
import { RefreshInterval } from './refresh-interval.ts'

const random = { u32: () => 7, float: () => 0.5, uuid: () => '' }
const ttls = (...ttlsS: readonly number[]) => ttlsS.map((ttlS) => ({ ip: '10.0.0.1', ttlS }))

test('the least TTL counts where it is to, but for zero and not below the least rate', () => {
  const after = (settings: object, ...ttlsS: readonly number[]) =>
    new RefreshInterval({ ...DEFAULT_DNS, ...settings }, random).afterSuccess(ttls(...ttlsS))
  expect(after({}, 60)).toBe(5000)
  expect(after({ respectTtl: true }, 60, 30)).toBe(30_000)
  expect(after({ respectTtl: true }, 60, 0)).toBe(5000)
  expect(after({ respectTtl: true })).toBe(5000)
  expect(after({ respectTtl: true }, 1)).toBe(1000)
  expect(after({ respectTtl: true, minRefreshMs: 3000 }, 1)).toBe(3000)
  expect(after({ respectTtl: true, minRefreshMs: 3000 }, 9)).toBe(9000)
  expect(after({ minRefreshMs: 30_000 }, 9)).toBe(5000)
  expect(after({ jitterMs: 5 })).toBe(5002)
})
