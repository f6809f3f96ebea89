import { expect, test } from 'bun:test'
import type { TagFormat } from './udp-statsd-sink.ts'
import { UdpStatsdSink } from './udp-statsd-sink.ts'

const DOG: TagFormat = { start: '|#', assign: ':', separator: ',', position: 'after-value' }
const GRAPHITE: TagFormat = { start: ';', assign: '=', separator: ';', position: 'after-name' }

const name = (full: string, base = full, ...tags: readonly { name: string; value: string }[]) => ({ full, base, tags })
const total = name('cluster.a.rq', 'cluster.rq', { name: 'c', value: 'a' }, { name: 'z', value: '1' })

function sinkOf(format: TagFormat | undefined, maxBytesPerDatagram = 0) {
  const sent: string[] = []
  const sender = { send: (text: string) => void sent.push(text), close: () => undefined }
  return { sent, sink: new UdpStatsdSink({ address: undefined, prefix: 'p', maxBytesPerDatagram }, format, sender) }
}

test.each([
  [undefined, ['p.cluster.a.rq:3|c', 'p.live:1|g']],
  [DOG, ['p.cluster.rq:3|c|#c:a,z:1', 'p.live:1|g']],
  [GRAPHITE, ['p.cluster.rq;c=a;z=1:3|c', 'p.live:1|g']],
])('counters by their growth and gauges, tags as %o', (format, lines) => {
  const { sink, sent } = sinkOf(format)
  sink.flush({ counters: [{ name: total, delta: 3 }], gauges: [{ name: name('live'), value: 1 }] })
  expect(sent).toEqual(lines)
})

test('values of histograms are whole times, and percentages are fractions', () => {
  const { sink, sent } = sinkOf(undefined)
  sink.histogramValue(name('t'), 'ms', 1.9)
  sink.histogramValue(name('b'), 'bytes', 20)
  sink.histogramValue(name('f'), 'percent', 1 / 3)
  expect(sent).toEqual(['p.t:1|ms', 'p.b:20|ms', 'p.f:0.333333|h'])
})

test('metrics share datagrams up to the limit; what is as long as that goes alone', () => {
  const { sink, sent } = sinkOf(undefined, 15)
  const gauges = ['a', 'b', 'c', 'a-name-too-long', 'd'].map((text) => ({ name: name(text), value: 1 }))
  sink.flush({ counters: [], gauges })
  expect(sent).toEqual(['p.a:1|g\np.b:1|g', 'p.a-name-too-long:1|g', 'p.c:1|g\np.d:1|g'])
})
