/* The stream that the vectors of the real Envoy were recorded with, for the tests of this room. */
import { expect, test } from 'bun:test'
import type { FormatterContext } from '../api/access-log.ts'
import type { IpAddress } from '../api/network.ts'
import type { Host } from '../api/upstream.ts'
import { newRequestHeaders } from '../codec/headers/request-headers.ts'
import { newResponseHeaders } from '../codec/headers/response-headers.ts'
import { StreamRecord } from '../network/stream-info.ts'
import { compileFormat } from './compile-format.ts'
import { DEFAULT_ACCESS_LOG_FORMAT } from './default-format.ts'

export const REQUEST_ID = '01b10798-eae4-4cc0-92e8-ffbd870a50b1'

export function loopback(port: number): IpAddress {
  return { kind: 'ip', family: 4, ip: '127.0.0.1', port, text: `127.0.0.1:${port}` }
}

export const CLUSTER_METADATA = { filter_metadata: { m: { k: 'cv', o: { x: 1, y: [true, null, 's'] } } } }

/** Ready to be changed: everything is made anew. */
export function exampleStream(): {
  context: { -readonly [K in keyof FormatterContext]: FormatterContext[K] }
  info: StreamRecord
} {
  const request = newRequestHeaders('POST', '/p/a?a=1&b=2', 'a.test')
  request.scheme = 'http'
  const lines = [
    ['user-agent', 'curl/8.0'],
    ['x-two', '1'],
    ['x-two', '2'],
    ['x-empty', ''],
    ['x-quote', 'say "hi"\\'],
    ['content-length', '3'],
    ['x-forwarded-proto', 'http'],
    ['x-request-id', REQUEST_ID],
    ['x-envoy-expected-rq-timeout-ms', '15000'],
  ] as const
  for (const [name, value] of lines) request.add(name, value)
  const response = newResponseHeaders(200)
  const responseLines = [
    ['server', 'envoy'],
    ['x-target', '/p/a?a=1&b=2'],
    ['content-length', '2'],
    ['x-envoy-upstream-service-time', '20'],
    ['date', 'Mon, 23 Nov 2026 13:36:14 GMT'],
  ] as const
  for (const [name, value] of responseLines) response.add(name, value)
  const info = exampleInfo()
  const context: FormatterContext = {
    request,
    response,
    responseTrailers: undefined,
    streamInfo: info,
    localReplyBody: '',
    logType: 'DownstreamEnd',
  }
  return { context, info }
}

function exampleInfo(): StreamRecord {
  const connection = {
    localAddress: loopback(23800),
    remoteAddress: loopback(40001),
    directRemoteAddress: loopback(40001),
    requestedServerName: '',
    detectedTransportProtocol: 'raw_buffer',
    requestedApplicationProtocols: [],
    nextProtocol: '',
  }
  const info = new StreamRecord(1000, Date.UTC(2026, 10, 23, 13, 36, 14, 750), connection, 108, undefined, undefined)
  info.protocol = 'HTTP/1.1'
  info.responseCode = 200
  info.responseCodeDetails = 'via_upstream'
  info.bytesReceived = 3
  info.bytesSent = 2
  info.downstreamMeter = {
    headerBytesReceived: 99,
    decompressedHeaderBytesReceived: 99,
    headerBytesSent: 130,
    wireBytesReceived: 138,
    wireBytesSent: 150,
  }
  info.routeName = 'route-1'
  info.virtualHostName = 'vh'
  info.upstreamCluster = { name: 'up', observabilityName: 'up', metadata: CLUSTER_METADATA }
  info.attemptCount = 1
  info.lastDownstreamRxByte = 1000.2
  info.firstDownstreamTxByte = 1021
  info.lastDownstreamTxByte = 1021.5
  info.endTime = 1021.927
  info.requestId = REQUEST_ID
  info.filterChain = {
    name: 'chain-1',
    metadata: undefined,
    listener: { name: 'L', metadata: { filter_metadata: { m: { k: 'lv' } } } },
  }
  info.upstream = exampleUpstream()
  const virtualHost = {
    name: 'vh',
    routeConfigName: 'rc',
    includeAttemptCountInRequest: false,
    includeAttemptCountInResponse: false,
    includeIsTimeoutRetryHeader: false,
    rateLimits: { isEmpty: true, stage: () => [] },
    cors: undefined,
    virtualCluster: () => undefined,
  }
  info.route = {
    name: 'route-1',
    virtualHost,
    entry: undefined,
    directResponse: undefined,
    perFilterConfig: () => undefined,
    perFilterConfigs: () => [],
    filterEnabled: () => undefined,
    metadata: { m: { k: 'rv' } },
  }
  return info
}

function exampleUpstream() {
  const host: Host = {
    address: loopback(23900),
    hostname: '',
    locality: { region: '', zone: '', subZone: '' },
    metadata: undefined,
    canary: false,
    clusterName: 'up',
    stats: { rqTotal() {}, rqSuccess() {}, rqError() {}, rqTimeout() {}, rqActive() {} },
  }
  return {
    host,
    localAddress: loopback(50001),
    remoteAddress: loopback(23900),
    transportFailureReason: '',
    connectionId: 2,
    protocol: 'HTTP/1.1' as const,
    meter: {
      headerBytesReceived: 52,
      decompressedHeaderBytesReceived: 52,
      headerBytesSent: 222,
      wireBytesReceived: 76,
      wireBytesSent: 255,
    },
    poolReady: 1000.9,
    firstTxByte: 1000.95,
    lastTxByte: 1000.957,
    firstRxByte: 1021.1,
    firstRxBodyByte: 1021.3,
    lastRxByte: 1021.4,
    connectStart: 1000.4,
    connectEnd: 1000.6,
    numStreams: 1,
    attemptedHosts: undefined,
  }
}

export function printed(format: string, context: FormatterContext, unset = '-'): string {
  const compiled = compileFormat(format, { unset })
  if (!compiled.ok) throw new Error(compiled.message)
  return compiled.formatter.format(context)
}

test('default format', () => {
  expect(printed(DEFAULT_ACCESS_LOG_FORMAT, exampleStream().context)).toBe(
    `[2026-11-23T13:36:14.750Z] "POST /p/a?a=1&b=2 HTTP/1.1" 200 - 3 2 21 20 "-" "curl/8.0" "${REQUEST_ID}" "a.test" "127.0.0.1:23900"\n`,
  )
})
