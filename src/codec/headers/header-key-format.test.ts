import { expect, test } from 'bun:test'
import { headerKeyFormatter, ReceivedNames } from './header-key-format.ts'

const NAMES = new Map([['x-mixed', 'X-MiXed']])

test('received names: those that came as they came, others as the receiver says', () => {
  const plain = new ReceivedNames(NAMES, { kind: 'preserve-case', forwardReasonPhrase: false, ownNames: 'default' })
  const proper = new ReceivedNames(NAMES, {
    kind: 'preserve-case',
    forwardReasonPhrase: false,
    ownNames: 'proper-case',
  })
  expect(plain.write('x-mixed')).toBe('X-MiXed')
  expect(plain.write('x-other')).toBe('x-other')
  expect(proper.write('x-mixed')).toBe('X-MiXed')
  expect(proper.write('x-other')).toBe('X-Other')
})

test('proper case: a capital at the start and behind whatever is neither letter nor digit', () => {
  const format = headerKeyFormatter('proper-case')
  expect(['etag', 'x-a_b', 'x-1a'].map((name) => format?.(name))).toEqual(['Etag', 'X-A_B', 'X-1a'])
})
