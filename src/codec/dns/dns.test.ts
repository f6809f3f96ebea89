import { describe, expect, test } from 'bun:test'
import { decodeDnsAnswer } from './dns-answer.ts'
import { encodeDnsQuery } from './dns-query.ts'

/** An answer to the query with these records, each a type, a TTL and its data. */
function answer(
  query: Buffer,
  code: number,
  ...records: readonly (readonly [number, number, readonly number[]])[]
): Buffer {
  const head = Buffer.from(query)
  head.writeUInt16BE(0x8180 | code, 2)
  head.writeUInt16BE(records.length, 6)
  const encoded = records.map(([type, ttl, data]) => {
    const record = Buffer.from([0xc0, 12, 0, type, 0, 1, 0, 0, 0, ttl, 0, data.length, ...data])
    return record
  })
  return Buffer.concat([head, ...encoded])
}

const QUERY = encodeDnsQuery(0x1234, 'app.test', 1)

describe('questions', () => {
  test('a name in labels', () => {
    expect(QUERY.toString('latin1')).toBe('\x12\x34\x01\0\0\x01\0\0\0\0\0\0\x03app\x04test\0\0\x01\0\x01')
    expect(encodeDnsQuery(1, 'app.test.', 28).subarray(12).toString('latin1')).toBe('\x03app\x04test\0\0\x1c\0\x01')
  })
})

describe('answers', () => {
  test('addresses with their TTL; aliases and others are passed over', () => {
    const text = answer(
      QUERY,
      0,
      [5, 60, [1, 97, 0]],
      [1, 60, [127, 0, 0, 1]],
      [1, 30, [10, 0, 0, 1]],
      [28, 9, Array(16).fill(1)],
    )
    expect(decodeDnsAnswer(text, 1)).toEqual({
      id: 0x1234,
      code: 0,
      addresses: [
        { ip: '127.0.0.1', ttlS: 60 },
        { ip: '10.0.0.1', ttlS: 30 },
      ],
      truncated: false,
      edns: false,
    })
    const one = [0x20, 1, 0xd, 0xb8, ...Array(11).fill(0), 1]
    expect(decodeDnsAnswer(answer(QUERY, 0, [28, 5, one]), 28)?.addresses).toEqual([{ ip: '2001:db8::1', ttlS: 5 }])
  })

  test('codes', () => {
    expect(decodeDnsAnswer(answer(QUERY, 3), 1)).toMatchObject({ id: 0x1234, code: 3, addresses: [] })
    expect(decodeDnsAnswer(answer(QUERY, 0, [1, 60, [1, 2, 3]]), 1)?.addresses).toEqual([])
  })

  test('what is cut or a question is none', () => {
    const whole = answer(QUERY, 0, [1, 60, [127, 0, 0, 1]])
    for (let length = 0; length < whole.length; length++) {
      expect(decodeDnsAnswer(whole.subarray(0, length), 1)).toBeUndefined()
    }
    expect(decodeDnsAnswer(QUERY, 1)).toBeUndefined()
  })
})
