import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'bun:test'
import { FilterHarness } from '../../../../../test/support/filter-harness.ts'
import { httpFilterConformance } from '../../../../../test/support/http-filter-conformance.ts'
import { countCdnId } from './cdn-loop-header.ts'
import { extension } from './extension.ts'

httpFilterConformance(extension, {
  good: ['cdn_id: a.test', '{cdn_id: "[::1]:80", max_allowed_occurrences: 2}'],
  bad: [
    ['{}', 'cdn_id'],
    ['cdn_id: "a b"', 'Provided cdn_id "a b" is not a valid CDN identifier'],
    ['cdn_id: "a;b=c"', 'is not a valid CDN identifier'],
  ],
})

test('cdn_loop: marks, stops loops, refuses what it cannot read', () => {
  const send = (...values: readonly string[]) => {
    const filter = new FilterHarness(extension, { config: '{cdn_id: cdn, max_allowed_occurrences: 1}' })
    return filter.send(
      'GET /',
      values.map((value) => `cdn-loop: ${value}`),
    )
  }
  expect(send().forwarded['cdn-loop']).toBe('cdn')
  expect(send('other', 'cdn').forwarded['cdn-loop']).toBe('other,cdn,cdn')
  expect(send('cdn, cdn').reply()).toMatchObject({ status: 502 })
  expect(send('[bad').reply()).toMatchObject({ status: 400, body: 'Invalid CDN-Loop header in request.' })
})

test.each([
  ['', 0],
  ['cdn', 1],
  [' , cdn ,, cdn; a=b ; c="d\\"e, cdn" ,x', 2],
  ['cdn:80', 0],
  ['CDN', 0],
  ['[::1]:80, cdn:', 0],
  ['cdn x', undefined],
  ['cdn;', undefined],
  ['cdn; a', undefined],
  ['cdn; a=', undefined],
  ['cdn; a="b', undefined],
  ['[zz]', undefined],
  [`cdn${' '.repeat(50_000)}x`, undefined],
])('cdn-loop %j', (header, count) => {
  expect(countCdnId(header, 'cdn')).toBe(count)
})

const corpus = join(import.meta.dir, '../../../../../../shared/peer/corpora/cdn_loop')
test.skipIf(!existsSync(corpus))('the corpus: good ones and bad ones are told apart by their names', () => {
  for (const file of readdirSync(corpus)) {
    const text = readFileSync(join(corpus, file), 'latin1').replace(/\n$/, '')
    expect([file, countCdnId(text, 'cdn1') === undefined]).toEqual([file, /Invalid/.test(file)])
  }
})
