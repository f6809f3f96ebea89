import { describe, expect, test } from 'bun:test'
import { DatagramAssembler, toDatagrams } from './framing.ts'

const bytes = (size: number): Uint8Array => Uint8Array.from({ length: size }, (_, i) => i * 7)

describe('framing', () => {
  test('a small message is its length and itself, as Envoy sends it', () => {
    expect(toDatagrams(Uint8Array.of(0x0a, 0x02, 0x12, 0x00)).map((part) => Buffer.from(part).toString('hex'))).toEqual(
      ['00000000000000040a021200'],
    )
  })

  test.each([0, 1, 4087, 4088, 4089, 8184, 8185, 100_000])('%d bytes come out as they went in', (size) => {
    const datagrams = toDatagrams(bytes(size))
    expect(datagrams).toHaveLength(Math.ceil((size + 8) / 4096))
    expect(datagrams.every((part) => part.length <= 4096)).toBe(true)
    const assembler = new DatagramAssembler()
    for (let round = 0; round < 2; round++) {
      const results = datagrams.map((part) => assembler.push(part))
      expect(results.slice(0, -1).every((result) => result === undefined)).toBe(true)
      expect(Buffer.from(results.at(-1) ?? [1]).equals(bytes(size))).toBe(true)
    }
  })

  test('what is wrong is told, and the next message is read', () => {
    const assembler = new DatagramAssembler()
    expect(() => assembler.push(bytes(3))).toThrow('has no length')
    expect(() => assembler.push(Buffer.from('ffffffffffffffff', 'hex'))).toThrow('claims')
    const [whole] = toDatagrams(bytes(5))
    expect(() => assembler.push(Buffer.concat([whole ?? bytes(0), bytes(1)]))).toThrow('longer than it claims')
    expect(assembler.push(whole ?? bytes(0))).toHaveLength(5)
  })
})
