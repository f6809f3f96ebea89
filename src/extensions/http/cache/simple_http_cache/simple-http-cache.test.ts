import { describe, expect, test } from 'bun:test'
import type { HttpCache } from '../../../../api/http-cache.ts'
import { ByteQueue } from '../../../../base/byte-queue.ts'
import { createSharedStatesBuffer, ThreadSharedStates } from '../../../../base/shared-states.ts'
import { SimpleHttpCache } from './simple-http-cache.ts'

const BOUNDS = { bytes: 64 * 1024, entries: 64 }

function threads(count: number, bounds = BOUNDS): SimpleHttpCache[] {
  const memory = createSharedStatesBuffer(0, 2048)
  return Array.from({ length: count }, (_, i) => SimpleHttpCache.open(new ThreadSharedStates(memory), bounds, i)!)
}

function put(
  cache: HttpCache,
  key: string,
  body: string,
  headers: readonly string[] = ['etag', body.slice(0, 8)],
): void {
  const bytes = new ByteQueue()
  // In pieces, as bodies come.
  for (let at = 0; at < body.length; at += 999) bytes.push(Buffer.from(body.slice(at, at + 999), 'latin1'))
  cache.put(key, { status: 200, headers, trailers: undefined, responseTimeMs: 1 }, bytes)
}

function bodyOf(cache: HttpCache, key: string): string | undefined {
  const found = cache.get(key, true)
  return found === undefined ? undefined : Buffer.from(found.body).toString('latin1')
}

describe('simple_http_cache', () => {
  test('what one thread stores every thread finds, once', () => {
    const [one, other] = threads(2) as [SimpleHttpCache, SimpleHttpCache]
    put(one, 'a', 'first')
    expect(bodyOf(other, 'a')).toBe('first')
    put(other, 'a', 'second')
    expect(bodyOf(one, 'a')).toBe('second')
    expect(bodyOf(one, 'b')).toBeUndefined()
  })

  test('heads keep every byte, and bodies are left out where nobody wants them', () => {
    const [cache] = threads(1) as [SimpleHttpCache]
    put(cache, 'ü\n"\\', '\u0000\u00ff', ['x-odd', '\u0080\u00ff\t"\\'])
    cache.replaceHead('ü\n"\\', {
      status: 404,
      headers: ['a', 'b', 'a', 'c'],
      trailers: ['t', ''],
      responseTimeMs: 7.5,
    })
    expect(cache.get('ü\n"\\', false)).toEqual({
      head: { status: 404, headers: ['a', 'b', 'a', 'c'], trailers: ['t', ''], responseTimeMs: 7.5, bodyLength: 2 },
      body: new Uint8Array(),
    })
    expect(bodyOf(cache, 'ü\n"\\')).toBe('\u0000\u00ff')
  })

  test('the oldest go for those that come', () => {
    const [cache] = threads(1) as [SimpleHttpCache]
    for (let i = 0; i < 100; i++) put(cache, `k${i}`, 'x')
    expect([0, 35, 36, 99].map((i) => bodyOf(cache, `k${i}`))).toEqual([undefined, undefined, 'x', 'x'])
    put(cache, 'large', 'y'.repeat(30_000))
    put(cache, 'large too', 'z'.repeat(30_000))
    expect(bodyOf(cache, 'large')?.length).toBe(30_000)
    put(cache, 'large, too', 'z'.repeat(30_000))
    expect(bodyOf(cache, 'large')).toBeUndefined()
  })

  test('what is too large is not stored, and what it replaces is gone', () => {
    const [cache] = threads(1) as [SimpleHttpCache]
    put(cache, 'a', 'small')
    put(cache, 'a', 'y'.repeat(BOUNDS.bytes))
    expect(bodyOf(cache, 'a')).toBeUndefined()
  })

  test('a head that is replaced after its entry went changes nothing', () => {
    const [cache] = threads(1) as [SimpleHttpCache]
    cache.replaceHead('a', { status: 200, headers: [], trailers: undefined, responseTimeMs: 1 })
    expect(cache.get('a', true)).toBeUndefined()
  })

  test('after any history an entry is what was stored last, or gone', () => {
    let seed = 12345
    const dice = (sides: number): number => {
      seed = (Math.imul(seed, 1103515245) + 12345) >>> 0
      return (seed >>> 8) % sides
    }
    const caches = threads(2)
    const wanted = new Map<string, string>()
    let found = 0
    for (let i = 0; i < 20_000; i++) {
      const cache = caches[dice(2)]!
      const key = `k${dice(100)}`
      const known = wanted.get(key)
      const act = dice(10)
      if (act < 4) {
        const body = String(i).repeat(dice(dice(20) === 0 ? 8000 : 100))
        put(cache, key, body)
        wanted.set(key, body)
      } else if (act === 4 && known !== undefined) {
        cache.replaceHead(key, { status: 200, headers: ['n', String(i)], trailers: undefined, responseTimeMs: i })
      } else {
        const body = bodyOf(cache, key)
        if (body === undefined) continue
        found++
        expect(body).toBe(known!)
      }
    }
    expect(found).toBeGreaterThan(1000)
  })
})
