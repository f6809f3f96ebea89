/* Spans of a whole proxy, as a collector gets them. */
import { expect, test } from 'bun:test'
import { httpListener, staticCluster } from '../support/configs.ts'
import { startWholeProxy } from '../support/whole-proxy.ts'
import { scriptedBackend } from '../differential/support/scripted-backend.ts'
import { openTelemetry, readReport, REPORTED_OFTEN, SpanIds, zipkin } from '../differential/support/spans.ts'

test.each([
  ['zipkin', zipkin(), ['CLIENT', 'SERVER']],
  ['zipkin as protobuf', zipkin({ collector_endpoint_version: 'HTTP_PROTO' }), [1, 2]],
  ['opentelemetry', openTelemetry(), [3, 2]],
])(
  '%s: a span of the request and one of its attempt, which the upstream is told of',
  async (_name, provider, kinds) => {
    await using app = await scriptedBackend('app')
    await using collector = await scriptedBackend('collector')
    const tracing = { ...provider, spawn_upstream_span: true }
    await using proxy = await startWholeProxy(
      {
        listeners: [httpListener('front', { extra: { tracing } })],
        clusters: [staticCluster('app', [app.port]), staticCluster('collector', [collector.port])],
      },
      { bootstrap: REPORTED_OFTEN, flags: ['--concurrency', '1'] },
    )
    const response = await fetch(`http://127.0.0.1:${proxy.port('front')}/path`)
    expect(response.status).toBe(200)
    while (collector.seen.length === 0) await Bun.sleep(20)
    const ids = new SpanIds()
    const { spans } = readReport(collector.seen[0]!, ids)
    expect(spans.map(({ kind }) => kind)).toEqual(kinds)
    const [attempt, request] = spans
    expect(attempt?.ids[0]).toBe(request?.ids[0])
    expect(Object.keys(request?.tags ?? {})).toContain('http.url')
    expect(attempt?.tags).toHaveProperty(['upstream_address'])
    const told = app.seen[0]?.headers.map((line) => ids.masked(line)).join('\n')
    expect(told).toMatch(/^(?:x-b3-traceid|traceparent): /m)
    expect(await proxy.stat('http.ingress.tracing.random_sampling')).toBe(1)
  },
)
