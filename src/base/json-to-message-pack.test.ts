import { expect, test } from 'bun:test'
import { jsonToMessagePack } from './json-to-message-pack.ts'

/** What the real Envoy sent to a Fluentd server for these. */
const VECTORS: readonly (readonly [json: string, hex: string])[] = [
  ['null', 'c0'],
  ['[true,false]', '92c3c2'],
  ['{}', '80'],
  ['[]', '90'],
  ['""', 'a0'],
  ['{"a":null,"z":1}', '82a161c0a17a01'],
  ['{"a" : [ 1 , {"b":"c"} ] }\n', '81a1619201' + '81a162a163'],
  ['127', '7f'],
  ['128', 'cc80'],
  ['255', 'ccff'],
  ['256', 'cd0100'],
  ['65535', 'cdffff'],
  ['65536', 'ce00010000'],
  ['2147483648', 'ce80000000'],
  ['9223372036854775808', 'cf8000000000000000'],
  ['-1', 'ff'],
  ['-32', 'e0'],
  ['-33', 'd0df'],
  ['-128', 'd080'],
  ['-129', 'd1ff7f'],
  ['-32769', 'd2ffff7fff'],
  ['-2147483648', 'd280000000'],
  ['-9223372036854775808', 'd38000000000000000'],
  ['1.5', 'ca3fc00000'],
  ['5e+09', 'ca4f9502f9'],
  ['18446744073709551616', 'ca5f800000'],
  ['0.1', 'cb3fb999999999999a'],
  ['"say \\"hi\\" \\u0001"', 'aa736179202268692220' + '01'],
  ['"\u00c3\u00a9"', 'a2c3a9'],
]

for (const [json, hex] of VECTORS) {
  test(`JSON as MessagePack: ${json}`, () => {
    expect(Buffer.from(jsonToMessagePack(json)).toString('hex')).toBe(hex)
  })
}

test('JSON as MessagePack: lengths', () => {
  const head = (json: string, bytes: number) => Buffer.from(jsonToMessagePack(json)).toString('hex', 0, bytes)
  expect(head(JSON.stringify('x'.repeat(31)), 1)).toBe('bf')
  expect(head(JSON.stringify('x'.repeat(32)), 2)).toBe('d920')
  expect(head(JSON.stringify('x'.repeat(256)), 3)).toBe('da0100')
  expect(head(JSON.stringify('x'.repeat(65536)), 5)).toBe('db00010000')
  expect(head(JSON.stringify(Array(15).fill(1)), 1)).toBe('9f')
  expect(head(JSON.stringify(Array(16).fill(1)), 3)).toBe('dc0010')
  expect(head(JSON.stringify(Array(65536).fill(1)), 5)).toBe('dd00010000')
  const keys = (count: number) =>
    JSON.stringify(Object.fromEntries(Array.from({ length: count }, (_, i) => [`k${i}`, i])))
  expect(head(keys(15), 1)).toBe('8f')
  expect(head(keys(16), 3)).toBe('de0010')
})

test('text that is no JSON is an error', () => {
  expect(() => jsonToMessagePack('{x}')).toThrow()
})
