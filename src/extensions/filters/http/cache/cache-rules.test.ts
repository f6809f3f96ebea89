import { describe, expect, test } from 'bun:test'
import { newRequestHeaders } from '../../../../codec/headers/request-headers.ts'
import { newResponseHeaders } from '../../../../codec/headers/response-headers.ts'
import { requestedRange } from './byte-range.ts'
import { NOTHING_ASKED, parseRequestCacheControl, parseResponseCacheControl } from './cache-control.ts'
import { isLookedUp, isStored } from './cacheable.ts'
import { ageOf, needsValidation } from './freshness.ts'
import { parseHttpTime } from './http-time.ts'

const NOW = Date.UTC(2026, 10, 26, 6, 0, 0)

function request(method: string, fields: Readonly<Record<string, string>> = {}, scheme = 'http') {
  const headers = newRequestHeaders(method, '/a', 'a.test')
  headers.scheme = scheme
  for (const [name, value] of Object.entries(fields)) headers.add(name, value)
  return headers
}

function response(status: number, fields: Readonly<Record<string, string>>) {
  const headers = newResponseHeaders(status)
  for (const [name, value] of Object.entries(fields)) headers.add(name, value)
  return headers
}

test('directives: names in any case, seconds quoted or not, what is no number is passed over', () => {
  expect(parseResponseCacheControl('Public , MAX-AGE="7", no-cache="x"')).toMatchObject({
    maxAge: 7,
    mustValidate: true,
  })
  expect(parseResponseCacheControl('max-age=1, s-maxage=2, max-age=3').maxAge).toBe(2)
  expect(parseResponseCacheControl('max-age=1, s-maxage=x').maxAge).toBeUndefined()
  expect(parseResponseCacheControl('max-age=-1').maxAge).toBeUndefined()
  expect(parseResponseCacheControl('max-age=99999999999999999999').maxAge).toBeUndefined()
  expect(parseResponseCacheControl('private, proxy-revalidate')).toMatchObject({ noStore: true, noStale: true })
  expect(parseRequestCacheControl('max-stale, min-fresh=5,max-age=0')).toMatchObject({
    maxStale: Number.POSITIVE_INFINITY,
    minFresh: 5,
    maxAge: 0,
  })
})

describe('dates', () => {
  const time = Date.UTC(1994, 10, 6, 8, 49, 37)
  test.each([
    ['Sun, 06 Nov 1994 08:49:37 GMT', time],
    ['Sunday, 06-Nov-94 08:49:37 GMT', time],
    ['Sun Nov  6 08:49:37 1994', time],
    ['Fri, 31 Feb 2020 08:00:00 GMT', 0],
    ['Sun, 06 Nov 1994 25:00:00 GMT', 0],
    ['Sun, 06 Foo 1994 08:49:37 GMT', 0],
    ['Sunday, 06-Nov-30 08:49:37 GMT', Date.UTC(2030, 10, 6, 8, 49, 37)],
    ['0', 0],
    ['', 0],
  ])('%s', (text, ms) => {
    expect(parseHttpTime(text)).toBe(ms)
  })
})

test('which requests are looked up', () => {
  expect(isLookedUp(request('GET'))).toBeTrue()
  expect(isLookedUp(request('HEAD', { 'if-match': '"a"' }, 'https'))).toBeTrue()
  expect(isLookedUp(request('POST'))).toBeFalse()
  expect(isLookedUp(request('GET', {}, 'ftp'))).toBeFalse()
  for (const name of ['authorization', 'if-none-match', 'if-modified-since', 'if-range']) {
    expect(isLookedUp(request('GET', { [name]: 'x' }))).toBeFalse()
  }
})

test('which responses are stored', () => {
  const fresh = { 'cache-control': 'max-age=5' }
  const allowed = [(name: string) => name === 'accept']
  expect(isStored(response(200, fresh), [])).toBeTrue()
  expect(isStored(response(302, fresh), [])).toBeFalse()
  expect(isStored(response(200, {}), [])).toBeFalse()
  expect(isStored(response(200, { 'cache-control': 'no-cache' }), [])).toBeTrue()
  expect(isStored(response(200, { expires: 'x' }), [])).toBeFalse()
  expect(isStored(response(200, { expires: 'x', date: 'y' }), [])).toBeTrue()
  expect(isStored(response(200, { ...fresh, vary: 'accept' }), [])).toBeFalse()
  expect(isStored(response(200, { ...fresh, vary: ', accept ,' }), allowed)).toBeTrue()
  expect(isStored(response(200, { ...fresh, vary: 'accept, x' }), allowed)).toBeFalse()
  expect(isStored(response(200, { ...fresh, vary: '*' }), [() => true])).toBeFalse()
})

test('age: of the date, of the age that came with it, and of the time since then', () => {
  const date = new Date(NOW).toUTCString()
  expect(ageOf(response(200, { date }), NOW + 2500, NOW + 4400)).toBe(4)
  expect(ageOf(response(200, { date, age: '50' }), NOW, NOW + 1000)).toBe(51)
  expect(ageOf(response(200, { date, age: 'x' }), NOW - 9000, NOW)).toBe(9)
  expect(ageOf(response(200, {}), NOW, NOW)).toBe(NOW / 1000)
})

describe('validation is needed', () => {
  const asked = (text: string) => (text === '' ? NOTHING_ASKED : parseRequestCacheControl(text))
  test.each([
    ['max-age=10', '', 10, false],
    ['max-age=10', '', 11, true],
    ['max-age=10', 'no-cache', 0, true],
    ['no-cache, max-age=10', '', 0, true],
    ['max-age=10', 'max-age=5', 5, false],
    ['max-age=10', 'max-age=5', 6, true],
    ['max-age=10', 'max-stale=5', 14, false],
    ['max-age=10', 'max-stale=5', 15, true],
    ['max-age=10', 'max-stale', 1e9, false],
    ['max-age=10, must-revalidate', 'max-stale', 11, true],
    ['max-age=10', 'min-fresh=5', 5, false],
    ['max-age=10', 'min-fresh=5', 6, true],
  ])('response %s, request %s, %d s old: %p', (said, wanted, age, needed) => {
    expect(needsValidation(response(200, { 'cache-control': said }), age, asked(wanted))).toBe(needed)
  })

  test('by expires where no age is said', () => {
    const headers = response(200, { date: new Date(NOW).toUTCString(), expires: new Date(NOW + 9000).toUTCString() })
    expect([9, 10].map((age) => needsValidation(headers, age, NOTHING_ASKED))).toEqual([false, true])
  })
})

describe('ranges of ten bytes', () => {
  test.each([
    ['bytes=2-4', { kind: 'part', begin: 2, end: 5 }],
    ['bytes=2-', { kind: 'part', begin: 2, end: 10 }],
    ['bytes=2-99', { kind: 'part', begin: 2, end: 10 }],
    ['bytes=-3', { kind: 'part', begin: 7, end: 10 }],
    ['bytes=0-', { kind: 'whole' }],
    ['bytes=-10', { kind: 'whole' }],
    ['bytes=10-', { kind: 'none' }],
    ['bytes=-0', { kind: 'none' }],
    ['bytes=4-2', { kind: 'whole' }],
    ['bytes=-', { kind: 'whole' }],
    ['bytes=1-2,4-5', { kind: 'whole' }],
    ['lines=1-2', { kind: 'whole' }],
    ['bytes=2-99999999999999999999', { kind: 'whole' }],
  ])('%s', (range, wanted) => {
    expect(requestedRange(request('GET', { range }), 10)).toEqual(wanted as ReturnType<typeof requestedRange>)
  })

  test('of an empty body there is none', () => {
    expect(requestedRange(request('GET', { range: 'bytes=0-' }), 0)).toEqual({ kind: 'none' })
  })
})
