import { describe, expect, test } from 'bun:test'
import type { Connection } from '../../../../api/network.ts'
import {
  PROXY_PROTOCOL_OPTIONS,
  ProxyProtocolOptions,
} from '../../../../codec/proxy_protocol/proxy-protocol-options.ts'
import { parseIpAddress } from '../../../../network/address.ts'
import type { ProxyTlvs } from './proxy-protocol-tlvs.ts'
import { leaveProxyTlvs } from './proxy-protocol-tlvs.ts'

const FROM = parseIpAddress('10.0.0.1', 5)
const TO = parseIpAddress('10.0.0.2', 80)
const tlv = (type: number, text: string) => ({ type, value: Buffer.from(text) })
const ENTRIES: ProxyTlvs['entries'] = [tlv(1, 'a'), { type: 2, value: { format: () => 'b' } }]

function left(mergePolicy: ProxyTlvs['mergePolicy'], told?: ProxyProtocolOptions): unknown {
  const filterState = new Map(told === undefined ? [] : [[PROXY_PROTOCOL_OPTIONS, told]])
  const info = { remoteAddress: FROM, localAddress: TO }
  leaveProxyTlvs({ mergePolicy, entries: ENTRIES }, { info, streamInfo: { filterState } } as unknown as Connection)
  const { source, destination, tlvs } = filterState.get(PROXY_PROTOCOL_OPTIONS)!
  const texts = tlvs.map(({ type, value }) => `${type}:${Buffer.from(value).toString()}`)
  return [source.text, destination.text, ...texts]
}

describe('extensions of PROXY headers', () => {
  const told = new ProxyProtocolOptions(parseIpAddress('1.1.1.1', 1), parseIpAddress('2.2.2.2', 2), [
    tlv(2, 'x'),
    tlv(3, 'y'),
  ])
  const known = ['1.1.1.1:1', '2.2.2.2:2']

  test('a client without a header of its own', () => {
    expect(left('ADD_IF_ABSENT')).toEqual(['10.0.0.1:5', '10.0.0.2:80', '1:a', '2:b'])
  })

  test.each([
    ['ADD_IF_ABSENT', ['2:x', '3:y']],
    ['OVERWRITE_BY_TYPE_IF_EXISTS_OR_ADD', ['1:a', '2:b', '3:y']],
    ['APPEND_IF_EXISTS_OR_ADD', ['2:x', '3:y', '1:a', '2:b']],
  ] as const)('%s', (policy, tlvs) => {
    expect(left(policy, told)).toEqual([...known, ...tlvs])
  })
})
