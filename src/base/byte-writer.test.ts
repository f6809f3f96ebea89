import { expect, test } from 'bun:test'
import { ByteWriter } from './byte-writer.ts'

test('pieces of any length stand one behind the other, as latin1', () => {
  const writer = new ByteWriter()
  const long = 'abcdefghij'.repeat(50)
  writer.begin().text('\u00e9x')
  writer.piece('0123456789', 2, 5)
  writer.piece(long, 1, 301)
  writer.text('')
  expect(writer.toString()).toBe(`\u00e9x234${long.substring(1, 301)}`)
  expect(writer.length).toBe(305)
  expect(writer.begin().toString()).toBe('')
})

test('grows as needed, words and bytes are the same memory, and a huge text is not kept', () => {
  const writer = new ByteWriter()
  const usual = writer.bytes.length
  const huge = 'xyz'.repeat(20_000)
  writer.begin().text('ab')
  writer.text(huge)
  writer.text('c')
  expect(writer.toString()).toBe(`ab${huge}c`)
  expect(new Uint8Array(writer.words.buffer)[0]).toBe(97)
  expect(writer.words.byteLength).toBe(writer.bytes.length)
  expect(writer.begin().bytes.length).toBe(usual)
  writer.text('d')
  expect(writer.words[0]! & 0xff).toBe(100)
})
