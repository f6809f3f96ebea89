import { expect, test } from 'bun:test'
import { ProtoWriter } from './proto-writer.ts'

const hex = (writer: ProtoWriter): string => Buffer.from(writer.finish()).toString('hex')

test('each kind of field as the wire has it', () => {
  expect(hex(new ProtoWriter().varint(1, 150))).toBe('089601')
  expect(hex(new ProtoWriter().varint(1, -1n))).toBe('08ffffffffffffffffff01')
  expect(hex(new ProtoWriter().bool(2, true))).toBe('1001')
  expect(hex(new ProtoWriter().text(2, 'testing'))).toBe('120774657374696e67')
  expect(hex(new ProtoWriter().text(16, '\xc3\xa9'))).toBe('820102c3a9')
  expect(hex(new ProtoWriter().hex(1, '0aff'))).toBe('0a020aff')
  expect(hex(new ProtoWriter().double(1, 1.25))).toBe('09000000000000f43f')
  expect(hex(new ProtoWriter().fixed64(7, 258n))).toBe('390201000000000000')
  expect(hex(new ProtoWriter().fixed32(16, 257))).toBe('850101010000')
  expect(hex(new ProtoWriter().message(3, (inner) => inner.varint(1, 150)))).toBe('1a03089601')
})

test('grows with what is written', () => {
  const writer = new ProtoWriter()
  for (let i = 0; i < 100; i++) writer.text(1, 'x'.repeat(100))
  expect(writer.finish().length).toBe(100 * 102)
})
