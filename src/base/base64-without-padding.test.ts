import { expect, test } from 'bun:test'
import { decodeBase64WithoutPadding } from './base64-without-padding.ts'

test.each([
  ['dXNlcjpwYXNz', 'user:pass'],
  ['YQ==', 'a'],
  ['YQ', 'a'],
  ['YWI=', 'ab'],
  ['', ''],
  ['YR', undefined],
  ['Y', undefined],
  ['YQ===', undefined],
  ['Y Q', undefined],
  ['-_-_', undefined],
])('base64 %p is %p', (text, decoded) => {
  expect(decodeBase64WithoutPadding(text)).toBe(decoded)
})
