import { expect, test } from 'bun:test'
import { ByteWriter } from './byte-writer.ts'

test('pieces of any length stand one behind the other, as latin1', () => {
  const writer = new ByteWriter()
  const long = 'abcdefghij'.repeat(50)
  writer.begin().text('\u00e9x')
  writer.copy(Buffer.from('0123456789'), 2, 5)
  writer.copy(Buffer.from(long), 1, 301)
  writer.text('')
  writer.text('\u00e9 and longer than a few')
  expect(writer.toString()).toBe(`\u00e9x234${long.substring(1, 301)}\u00e9 and longer than a few`)
  expect(writer.begin().toString()).toBe('')
})

test('grows as needed, and a huge text is not kept', () => {
  const writer = new ByteWriter()
  const usual = writer.bytes.length
  const huge = 'xyz'.repeat(20_000)
  writer.begin().text('ab')
  writer.text(huge)
  writer.copy(Buffer.from(huge), 0, huge.length)
  writer.text('c')
  expect(writer.toString()).toBe(`ab${huge}${huge}c`)
  expect(writer.begin().bytes.length).toBe(usual)
  writer.text('d')
  expect(writer.toString()).toBe('d')
})
