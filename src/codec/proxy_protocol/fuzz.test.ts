/** Random changes to headers: an outcome and never an exception, and the cut of the bytes changes nothing. */
import { expect, test } from 'bun:test'
import type { ProxyHeaderOutcome } from './proxy-header-reader.ts'
import { ProxyHeaderReader } from './proxy-header-reader.ts'
import { readTlvs } from './read-tlvs.ts'

const ROUNDS = 4000
const SEEDS = [
  'PROXY TCP4 1.2.3.4 5.6.7.8 11 22\r\nrest',
  'PROXY TCP6 1::2 3::4 11 22\r\n',
  'PROXY UNKNOWN 1\r\n',
  '\r\n\r\n\0\r\nQUIT\n\x21\x11\0\x12\x01\x02\x03\x04\x05\x06\x07\x08\0\x50\0\x5a\x02\0\x03abc',
  `\r\n\r\n\0\r\nQUIT\n\x21\x21\0\x24${'\x20\x01'.repeat(18)}`,
  '\r\n\r\n\0\r\nQUIT\n\x20\0\xff\xff',
]
const SPICE = Buffer.from('\r\n\0 \x20\x21\x11\x12\xffPROXY:.%', 'latin1')

test('PROXY protocol: whatever comes', () => {
  let state = 20_26
  const random = (below: number): number => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0
    return Math.floor((state / 2 ** 32) * below)
  }
  for (let round = 0; round < ROUNDS; round++) {
    const bytes = Buffer.from(SEEDS[random(SEEDS.length)]!, 'latin1')
    for (let change = random(4); change >= 0; change--) bytes[random(bytes.length)] = SPICE[random(SPICE.length)]!
    const input = bytes.subarray(0, 1 + random(bytes.length))
    const settings = { optional: random(2) === 0, allowsV1: random(4) > 0, allowsV2: random(4) > 0 }
    const whole = new ProxyHeaderReader(settings).read(input)
    const reader = new ProxyHeaderReader(settings)
    let slowly = reader.read(input.subarray(0, 1))
    for (let end = 2; slowly === 'more' && end <= input.length; end++) slowly = reader.read(input.subarray(0, end))
    expect(closes(slowly)).toEqual(closes(whole))
    readTlvs(input)
  }
})

/** A few bytes with a line end are taken for a bad version 1, more of them for no header at all, as in Envoy. */
function closes(outcome: ProxyHeaderOutcome): ProxyHeaderOutcome {
  return outcome === 'disallowed' ? 'error' : outcome
}
