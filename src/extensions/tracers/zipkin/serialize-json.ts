/** Spans in Zipkin's JSON, version 2 of its API. */
import type { Endpoint } from './endpoint.ts'
import type { ZipkinSpan } from './zipkin-span.ts'
import { microseconds } from './microseconds.ts'

export function serializeJson(spans: readonly ZipkinSpan[], endpoint: Endpoint, sharesSpans: boolean): Uint8Array {
  const localEndpoint = {
    serviceName: endpoint.serviceName,
    [endpoint.family === 4 ? 'ipv4' : 'ipv6']: endpoint.ip,
    port: 0,
  }
  const body = spans.map((span) => {
    const { traceId, spanId, parentId } = span.context
    return {
      traceId,
      id: spanId,
      ...(parentId === '' ? {} : { parentId }),
      name: span.name,
      kind: span.side === 'client' ? 'CLIENT' : 'SERVER',
      timestamp: microseconds(span.startTimeWall),
      duration: Math.max(1, microseconds(span.endTimeWall - span.startTimeWall)),
      localEndpoint,
      annotations: span.annotations.map(({ wallMs, text }) => ({ timestamp: microseconds(wallMs), value: text })),
      tags: Object.fromEntries(span.tags),
      ...(sharesSpans && span.side === 'server' ? { shared: true } : {}),
    }
  })
  // All texts are wire text: what they are as bytes is UTF-8.
  return Buffer.from(JSON.stringify(body), 'latin1')
}
