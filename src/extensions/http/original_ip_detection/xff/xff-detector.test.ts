import { expect, test } from 'bun:test'
import { newRequestHeaders } from '../../../../codec/headers/request-headers.ts'
import { parseCidrRange } from '../../../../config/cidr-range.ts'
import { parseIpAddress } from '../../../../network/address.ts'
import type { XffConfig } from './xff-detector.ts'
import { XffDetector } from './xff-detector.ts'

const RANGES = [parseCidrRange('10.0.0.0', 8)]

function detect(config: Partial<XffConfig>, forwardedFor: string, peer = '10.0.0.9') {
  const headers = newRequestHeaders('GET', '/', 'a')
  if (forwardedFor !== '') headers.set('x-forwarded-for', forwardedFor)
  const detector = new XffDetector({ trustedHops: 0, trustedRanges: [], skipAppend: true, ...config })
  const { address, trusted, appendsForwardedFor } = detector.detect(headers, parseIpAddress(peer, 1))
  return [address?.kind === 'ip' ? address.ip : undefined, trusted, appendsForwardedFor]
}

test('xff: the last address, or one so many hops before it', () => {
  expect(detect({}, '1.1.1.1')).toEqual(['1.1.1.1', true, false])
  expect(detect({}, '2.2.2.2, 1.1.1.1')).toEqual(['1.1.1.1', false, false])
  expect(detect({ trustedHops: 1 }, '2.2.2.2,1.1.1.1')).toEqual(['2.2.2.2', false, false])
  expect(detect({ skipAppend: false }, '')).toEqual([undefined, false, true])
})

test('xff: the last address that is no proxy of ours', () => {
  const trustedRanges = RANGES
  expect(detect({ trustedRanges }, '5.5.5.5,1.1.1.1,10.0.0.1')).toEqual(['1.1.1.1', false, false])
  expect(detect({ trustedRanges }, '10.0.0.2,10.0.0.1')).toEqual(['10.0.0.2', false, false])
  expect(detect({ trustedRanges }, '1.1.1.1,zz')).toEqual([undefined, false, false])
  expect(detect({ trustedRanges }, '1.1.1.1', '9.9.9.9')).toEqual([undefined, false, true])
})
