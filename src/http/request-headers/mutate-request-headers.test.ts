import { describe, expect, test } from 'bun:test'
import type { PipeAddress } from '../../api/network.ts'
import type { ConnectionManagerSettings } from '../connection-manager-settings.ts'
import { DEFAULT_SETTINGS } from '../connection-manager-settings.ts'
import { pipeAddress } from '../../network/address.ts'
import { ManagerHarness } from '../testing/manager-harness.ts'

const LOOPBACK = '127.0.0.1'

/** The request as the filters see it, one line a field. */
function forwarded(
  settings: Partial<ConnectionManagerSettings>,
  lines: readonly string[],
  peer: string | PipeAddress = '10.0.0.1',
) {
  const h = new ManagerHarness({ settings, ...(typeof peer === 'string' ? { peer } : {}) })
  if (typeof peer !== 'string') h.connection.info.remoteAddress = peer
  h.connection.receive(['GET /a HTTP/1.1', 'host: h', ...lines, '', ''].join('\r\n'))
  const seen: string[] = []
  h.stream.headers.forEach((name, value) => seen.push(`${name}: ${value}`))
  return { seen, info: h.stream.callbacks.streamInfo, scheme: h.stream.headers.scheme }
}

const ID = 'x-request-id: 11111111-2222-4333-8444-555555555555'
const edge = { clientAddress: { ...DEFAULT_SETTINGS.clientAddress, useRemoteAddress: true } }

describe('a proxy that is not the edge', () => {
  test('believes x-forwarded-for, the last entry', () => {
    const { seen, info } = forwarded({}, ['x-forwarded-for: 1.2.3.4', 'x-forwarded-for: 5.6.7.8'])
    expect(seen).toEqual(['x-forwarded-for: 1.2.3.4,5.6.7.8', 'x-forwarded-proto: http', ID])
    expect(info.connection.remoteAddress.text).toBe('5.6.7.8:0')
    expect(info.connection.directRemoteAddress.text).toBe('10.0.0.1:5000')
  })

  test('skips trusted hops', () => {
    const clientAddress = { ...DEFAULT_SETTINGS.clientAddress, xffNumTrustedHops: 1 }
    expect(forwarded({ clientAddress }, ['x-forwarded-for: 1.2.3.4, 5.6.7.8']).info.connection.remoteAddress.text).toBe(
      '1.2.3.4:0',
    )
  })

  test('removes what only internal clients may say', () => {
    const { seen } = forwarded({}, ['x-envoy-retry-on: 5xx', 'x-envoy-internal: true', 'x-envoy-attempt-count: 7'])
    expect(seen).toEqual(['x-envoy-attempt-count: 7', 'x-forwarded-proto: http', ID])
    const { seen: unlimited } = forwarded({}, ['x-envoy-upstream-stream-duration-ms: 1'])
    expect(unlimited).toEqual(['x-forwarded-proto: http', ID])
  })

  test('keeps any x-forwarded-proto and the request id', () => {
    const { seen, scheme } = forwarded({}, ['x-forwarded-proto: ftp', 'x-request-id: abc'])
    expect(seen).toEqual(['x-forwarded-proto: ftp', 'x-request-id: abc'])
    expect(scheme).toBe('http')
  })

  test('passes on a referer that is one, without user information and fragment', () => {
    const good = [
      'http://a/p?q=http://b',
      'h+t-1.x://@[::1]:80/#',
      '/p:q?x',
      '?',
      'a/b:c',
      "-._~!$&'()*+,;=@%",
      'http://a/"<>^`{|}',
    ]
    const bad = [
      'http://u@a/',
      'http://a/?#f',
      '/p#f',
      '#',
      'a:b',
      'about:blank',
      'http://a_b',
      'http://a:',
      '/a b',
      '/a[b',
      'a?b:c',
    ]
    const seen = (value: string): boolean => forwarded({}, [`referer: ${value}`]).seen.includes(`referer: ${value}`)
    for (const value of good) expect([value, seen(value)]).toEqual([value, true])
    for (const value of bad) expect([value, seen(value)]).toEqual([value, false])
    expect(forwarded({}, ['referer: http://a', 'referer: http://b']).seen).not.toContain('referer: http://a,http://b')
  })

  test('an internal client is told so by one internal address in x-forwarded-for', () => {
    const clientAddress = { ...DEFAULT_SETTINGS.clientAddress, isInternal: () => true }
    expect(forwarded({ clientAddress }, ['x-forwarded-for: 9.9.9.9', 'x-envoy-retry-on: 5xx']).seen).toEqual([
      'x-forwarded-for: 9.9.9.9',
      'x-envoy-retry-on: 5xx',
      'x-forwarded-proto: http',
      'x-envoy-internal: true',
      ID,
    ])
    expect(forwarded({ clientAddress }, []).seen).not.toContain('x-envoy-internal: true')
  })
})

describe('the edge', () => {
  test('appends its peer, and its own address for a peer on this machine', () => {
    expect(forwarded(edge, ['x-forwarded-for: 1.2.3.4']).seen).toContain('x-forwarded-for: 1.2.3.4,10.0.0.1')
    const local = forwarded(edge, [], LOOPBACK)
    expect(local.seen).toContain('x-forwarded-for: 192.0.2.2')
    expect(local.seen).toContain('x-envoy-external-address: 127.0.0.1')
    expect(local.info.connection.remoteAddress.text).toBe('127.0.0.1:5000')
  })

  test('appends nothing for the client of a pipe', () => {
    const pipe = pipeAddress('/run/x', 0)
    expect(forwarded(edge, ['x-forwarded-for: 1.2.3.4'], pipe).seen).toContain('x-forwarded-for: 1.2.3.4')
    expect(forwarded(edge, [], pipe).seen.filter((line) => /^x-(?:forwarded-for|envoy-external)/.test(line))).toEqual(
      [],
    )
  })

  test('overwrites x-forwarded-proto and the request id of strangers', () => {
    const { seen } = forwarded(edge, ['x-forwarded-proto: https', 'x-request-id: abc'])
    expect(seen).toContain('x-forwarded-proto: http')
    expect(seen).toContain(ID)
  })

  test('keeps an external request id when told to, but not its word on tracing', () => {
    const { seen } = forwarded({ ...edge, requestId: { preserveExternal: true, packs: true, samples: true } }, [
      'x-request-id: aaaaaaaa-bbbb-9ccc-9ddd-eeeeeeeeeeee',
    ])
    expect(seen).toContain('x-request-id: aaaaaaaa-bbbb-4ccc-9ddd-eeeeeeeeeeee')
  })

  test('says who it is', () => {
    const { seen } = forwarded({ ...edge, addUserAgent: true, via: 'me' }, ['via: z'])
    expect(seen).toContain('user-agent: clus-1')
    expect(seen).toContain('x-envoy-downstream-service-cluster: clus-1')
    expect(seen).toContain('x-envoy-downstream-service-node: node-1')
    expect(seen).toContain('via: z, me')
  })
})

test('a te that says nothing stays', () => {
  expect(forwarded({ generateRequestId: false }, ['te: ']).seen).toEqual(['te: ', 'x-forwarded-proto: http'])
})

test('hop-by-hop fields go, te keeps trailers only', () => {
  const { seen } = forwarded({ generateRequestId: false }, [
    'connection: keep-alive',
    'keep-alive: 4',
    'proxy-connection: x',
    'upgrade: foo',
    'te: deflate,trailers',
  ])
  expect(seen).toEqual(['te: trailers', 'x-forwarded-proto: http'])
})

test('the client certificate of somebody in front is not believed over plain text', () => {
  expect(forwarded({}, ['x-forwarded-client-cert: q']).seen).not.toContain('x-forwarded-client-cert: q')
})

test('host: port and trailing dot', () => {
  const authority = (settings: Partial<ConnectionManagerSettings>, host: string, start = 'GET /a') => {
    const h = new ManagerHarness({ settings })
    h.connection.receive(`${start} HTTP/1.1\r\nhost: ${host}\r\n\r\n`)
    return h.stream.headers.authority
  }
  expect(authority({ stripHostPort: 'any' }, 'a.com:80', 'CONNECT a.com:80')).toBe('a.com')
  expect(authority({ stripHostPort: 'matching' }, 'a.com:80', 'CONNECT a.com:80')).toBe('a.com')
  expect(authority({ stripHostPort: 'any' }, 'a.com:8080')).toBe('a.com')
  expect(authority({ stripHostPort: 'matching' }, 'a.com:8080')).toBe('a.com:8080')
  expect(authority({ stripHostPort: 'matching' }, 'a.com:80')).toBe('a.com')
  expect(authority({ stripHostPort: 'any' }, '[::1]:80')).toBe('[::1]')
  expect(authority({ stripTrailingHostDot: true }, 'a.com.:80')).toBe('a.com:80')
})
