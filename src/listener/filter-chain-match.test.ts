import { expect, test } from 'bun:test'
import type { ConnectionInfo } from '../api/network.ts'
import { parseCidrRange } from '../config/cidr-range.ts'
import { parseIpAddress } from '../network/address.ts'
import type { FilterChainMatch } from './filter-chain-match.ts'
import { findFilterChain } from './filter-chain-match.ts'

const ANY: FilterChainMatch = {
  destinationPort: undefined,
  prefixRanges: [],
  serverNames: [],
  transportProtocol: '',
  applicationProtocols: [],
  directSourcePrefixRanges: [],
  sourceType: 'ANY',
  sourcePrefixRanges: [],
  sourcePorts: [],
}

function info(change: Partial<ConnectionInfo> = {}): ConnectionInfo {
  const remote = parseIpAddress('10.1.2.3', 5555)
  return {
    localAddress: parseIpAddress('10.0.0.1', 443),
    remoteAddress: remote,
    directRemoteAddress: remote,
    requestedServerName: '',
    detectedTransportProtocol: 'raw_buffer',
    requestedApplicationProtocols: [],
    nextProtocol: '',
    ...change,
  }
}

function chain(name: string, match: Partial<FilterChainMatch>) {
  return { name, match: { ...ANY, ...match } }
}

test('filter chain match: exact server name, then the longest wildcard, then no name', () => {
  const chains = [
    chain('none', {}),
    chain('wide', { serverNames: ['*.example.com'] }),
    chain('narrow', { serverNames: ['*.api.example.com'] }),
    chain('exact', { serverNames: ['www.example.com'] }),
  ]
  const pick = (requestedServerName: string) => findFilterChain(chains, info({ requestedServerName }))?.name
  expect(pick('www.example.com')).toBe('exact')
  expect(pick('a.b.api.example.com')).toBe('narrow')
  expect(pick('x.example.com')).toBe('wide')
  expect(pick('example.com')).toBe('none')
  expect(pick('')).toBe('none')
})

test('filter chain match: a more specific destination wins and there is no way back when its source fails', () => {
  const chains = [
    chain('all', {}),
    chain('narrow', {
      prefixRanges: [parseCidrRange('10.0.0.0', 24)],
      sourcePrefixRanges: [parseCidrRange('192.168.0.0', 16)],
    }),
  ]
  expect(findFilterChain(chains, info())).toBeUndefined()
  expect(findFilterChain(chains, info({ remoteAddress: parseIpAddress('192.168.1.1', 1) }))?.name).toBe('narrow')
  expect(findFilterChain(chains, info({ localAddress: parseIpAddress('11.0.0.1', 443) }))?.name).toBe('all')
})

test('filter chain match: the prefix of no bits is no criterion', () => {
  const chains = [
    chain('zero', { prefixRanges: [parseCidrRange('0.0.0.0', 0)], transportProtocol: 'tls' }),
    chain('name', { serverNames: ['a.com'] }),
    chain('other-family', { prefixRanges: [parseCidrRange('::', 0)] }),
  ]
  const detected = { detectedTransportProtocol: 'tls' }
  expect(findFilterChain(chains, info({ ...detected, requestedServerName: 'a.com' }))?.name).toBe('name')
  expect(findFilterChain(chains, info(detected))?.name).toBe('zero')
  expect(findFilterChain(chains, info())).toBeUndefined()
})

test('filter chain match: of the loopback addresses one is local', () => {
  const chains = [chain('local', { sourceType: 'SAME_IP_OR_LOOPBACK' }), chain('external', { sourceType: 'EXTERNAL' })]
  const pick = (ip: string) => findFilterChain(chains, info({ remoteAddress: parseIpAddress(ip, 1) }))?.name
  expect([pick('127.0.0.1'), pick('127.0.0.9'), pick('10.0.0.1')]).toEqual(['local', 'external', 'local'])
})

test('filter chain match: destination port, transport and application protocols, source type and port', () => {
  const chains = [
    chain('port', { destinationPort: 8443 }),
    chain('tls', { transportProtocol: 'tls' }),
    chain('h2', { applicationProtocols: ['h2'] }),
    chain('local', { sourceType: 'SAME_IP_OR_LOOPBACK' }),
    chain('source-port', { sourceType: 'EXTERNAL', sourcePorts: [5555] }),
  ]
  expect(findFilterChain(chains, info({ localAddress: parseIpAddress('10.0.0.1', 8443) }))?.name).toBe('port')
  expect(findFilterChain(chains, info({ detectedTransportProtocol: 'tls' }))?.name).toBe('tls')
  expect(findFilterChain(chains, info({ requestedApplicationProtocols: ['spdy', 'h2'] }))?.name).toBe('h2')
  expect(findFilterChain(chains, info({ remoteAddress: parseIpAddress('127.0.0.1', 1) }))?.name).toBe('local')
  expect(findFilterChain(chains, info())?.name).toBe('source-port')
  expect(findFilterChain(chains, info({ remoteAddress: parseIpAddress('10.1.2.3', 1) }))).toBeUndefined()
})
