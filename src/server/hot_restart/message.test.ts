import { describe, expect, test } from 'bun:test'
import type { HotRestartReply, HotRestartRequest } from './message.ts'
import { decodeMessage, encodeNotRecognized, encodeReply, encodeRequest } from './message.ts'

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex')
const fromHex = (text: string): Uint8Array => Buffer.from(text.replaceAll(' ', ''), 'hex')
const ADDRESS = 'tcp://127.0.0.1:21101'
const addressHex = hex(new TextEncoder().encode(ADDRESS))

/** What Envoy 1.40 was seen to send. */
const REQUESTS: readonly (readonly [string, HotRestartRequest])[] = [
  ['0a 02 3a 00', { kind: 'test-connection' }],
  ['0a 02 12 00', { kind: 'shutdown-admin' }],
  [`0a 19 0a 17 0a 15 ${addressHex}`, { kind: 'pass-listen-socket', address: ADDRESS, workerIndex: 0 }],
  [`0a 1b 0a 19 0a 15 ${addressHex} 10 01`, { kind: 'pass-listen-socket', address: ADDRESS, workerIndex: 1 }],
  ['0a 02 1a 00', { kind: 'stats' }],
  ['0a 02 22 00', { kind: 'drain-listeners' }],
  ['0a 02 2a 00', { kind: 'terminate' }],
]

const REPLIES: readonly (readonly [string, HotRestartReply])[] = [
  [
    '12 0a 12 08 08 da b7 9c d8 06 10 01',
    { kind: 'shutdown-admin', originalStartS: 1_795_627_994, enableReusePortDefault: true },
  ],
  ['12 04 0a 02 08 19', { kind: 'pass-listen-socket', fd: 25 }],
  ['12 0d 0a 0b 08 ff ff ff ff ff ff ff ff ff 01', { kind: 'pass-listen-socket', fd: -1 }],
]

describe('messages', () => {
  test.each(REQUESTS)('request %s', (bytes, request) => {
    expect(hex(encodeRequest(request))).toBe(bytes.replaceAll(' ', ''))
    expect(decodeMessage(fromHex(bytes))).toEqual({ kind: 'request', request })
  })

  test.each(REPLIES)('reply %s', (bytes, reply) => {
    expect(hex(encodeReply(reply))).toBe(bytes.replaceAll(' ', ''))
    expect(decodeMessage(fromHex(bytes))).toEqual({ kind: 'reply', reply })
  })

  test('statistics, also numbers beyond 32 bits', () => {
    const stats = {
      kind: 'stats',
      memoryAllocated: 6_296_704,
      numConnections: 0,
      counterDeltas: new Map([['a.b', 2 ** 45 + 1]]),
      gauges: new Map([
        ['g', 0],
        ['server.hot_restart_generation', 1],
      ]),
    } as const
    expect(decodeMessage(encodeReply(stats))).toEqual({ kind: 'reply', reply: stats })
    // The name of which Envoy knows a dynamic part: its spans say so.
    expect(hex(encodeReply(stats))).toEndWith('12040a021001')
  })

  test('what is not known, and what is no message', () => {
    expect(decodeMessage(encodeNotRecognized())).toEqual({ kind: 'not-recognized' })
    expect(decodeMessage(fromHex('0a 02 4a 00'))).toEqual({ kind: 'unknown' })
    expect(decodeMessage(fromHex('0a 00'))).toEqual({ kind: 'unknown' })
    expect(decodeMessage(fromHex(''))).toEqual({ kind: 'unknown' })
    for (const broken of ['0a 05 00', 'ff', '0a', '0a ff ff ff ff ff ff ff ff ff ff']) {
      expect(decodeMessage(fromHex(broken))).toBeUndefined()
    }
  })
})
