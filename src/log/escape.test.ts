import { expect, test } from 'bun:test'
import { escapeLine } from './escape.ts'

test('an escaped line has neither control characters nor bytes beyond ASCII', () => {
  expect(escapeLine('a\n\r\t"\'\\\x00\x1f\x7f')).toBe('a\\n\\r\\t\\"\\\'\\\\\\000\\037\\177')
  expect(escapeLine(Buffer.from('é', 'utf8').toString('latin1'))).toBe('\\303\\251')
})

test('white space at the end of an escaped line stays', () => {
  expect(escapeLine('a\n \t\n')).toBe('a\n \t\n')
})

test('the last byte of a letter is not white space', () => {
  expect(escapeLine(Buffer.from('à', 'utf8').toString('latin1'))).toBe('\\303\\240')
})
