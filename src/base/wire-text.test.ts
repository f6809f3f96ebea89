import { expect, test } from 'bun:test'
import { fromWireText, toWireText } from './wire-text.ts'

const wire = (...bytes: readonly number[]) => String.fromCharCode(...bytes)

test.each([
  ['plain', 'plain'],
  [wire(0xc3, 0xa9), '\u00e9'],
  [wire(0xf0, 0x9f, 0x98, 0x80), '\u{1f600}'],
  [wire(0xef, 0xbf, 0xbd), '\ufffd'],
  [wire(0xff), '\udcff'],
  [wire(0xc3, 0x41, 0xc3, 0xa9, 0x80), '\udcc3A\u00e9\udc80'],
  [wire(0xed, 0xa0, 0x80), '\udced\udca0\udc80'],
  [wire(0xc0, 0xaf), '\udcc0\udcaf'],
  [wire(0xf0, 0x9f, 0x98), '\udcf0\udc9f\udc98'],
])('%p there and back', (bytes, text) => {
  expect(fromWireText(bytes)).toBe(text)
  expect(toWireText(text)).toBe(bytes)
})
