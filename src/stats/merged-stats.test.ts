import { describe, expect, test } from 'bun:test'
import { type AnnouncedNames, announcedNames } from './announced-names.ts'
import { MergedStats } from './merged-stats.ts'
import { StatsStore } from './stats-store.ts'

function twoThreads(): { main: StatsStore; worker: StatsStore; merged: MergedStats; announce(): void } {
  const main = new StatsStore()
  const worker = new StatsStore({ slotsPerPage: 2 })
  const merged = new MergedStats(main)
  const announce = () => {
    const definitions = worker.takeDefinitions()
    if (definitions !== undefined) merged.addDefinitions(0, definitions)
  }
  return { main, worker, merged, announce }
}

describe('merged stats', () => {
  test('a counter is the sum over threads', () => {
    const { main, worker, merged, announce } = twoThreads()
    const a = main.root.scope('cluster').counter('x')
    const b = worker.root.scope('cluster.').counter('x')
    announce()
    a.inc()
    b.add(41)
    expect(merged.counters().map((c) => [c.name, c.value])).toEqual([['cluster.x', 42]])
    expect([a.value, b.value]).toEqual([1, 41])
  })

  test('slots go on in further pages', () => {
    const { worker, merged, announce } = twoThreads()
    const counters = ['a', 'b', 'c', 'd', 'e'].map((name) => worker.root.counter(name))
    announce()
    counters.push(worker.root.counter('f'), worker.root.counter('g'))
    announce()
    counters.forEach((counter, i) => counter.add(i + 1))
    expect(merged.counters().map((c) => c.value)).toEqual([1, 2, 3, 4, 5, 6, 7])
  })

  test('used: after any write, also one that leaves zero', () => {
    const { main, merged } = twoThreads()
    const scope = main.root
    scope.counter('never')
    scope.counter('once').inc()
    scope.counter('plus0').add(0)
    scope.gauge('set0').set(0)
    scope.gauge('updown').inc()
    scope.gauge('updown').dec()
    scope.gauge('minus0').sub(0)
    scope.gauge('unused')
    const used = [...merged.counters(), ...merged.gauges()].filter((s) => s.used).map((s) => s.name)
    expect(used).toEqual(['once', 'plus0', 'minus0', 'set0', 'updown'])
    expect(Object.is(merged.counter('never')?.value, 0)).toBe(true)
    expect(Object.is(scope.counter('never').value, 0)).toBe(true)
  })

  test('resetting shows zero and disturbs neither latching nor the writers', () => {
    const { worker, merged, announce } = twoThreads()
    const counter = worker.root.counter('c')
    announce()
    counter.add(5)
    const shown = merged.counter('c')
    expect(shown?.latch()).toBe(5)
    counter.add(2)
    merged.resetCounters()
    expect(shown?.value).toBe(0)
    counter.inc()
    expect(shown?.value).toBe(1)
    expect(shown?.latch()).toBe(3)
    expect(shown?.latch()).toBe(0)
  })

  test('a parent gives counters as increments and gauges as present values', () => {
    const { main, merged } = twoThreads()
    main.root.counter('c').inc()
    main.root.gauge('g').set(2)
    main.root.gauge('mine', 'never').set(3)
    for (const delta of [10, 1]) {
      merged.importCounter('c', delta)
      merged.importCounter('unknown', delta)
    }
    for (const value of [10, 4]) for (const name of ['g', 'mine', 'late', 'kept']) merged.importGauge(name, value)
    main.root.gauge('late').set(1)
    main.root.gauge('kept').set(1)
    main.root.counter('unknown').inc()
    expect(['late', 'kept'].map((name) => merged.gauge(name)?.value)).toEqual([5, 5])
    expect(merged.counter('unknown')?.value).toBe(12)
    expect([merged.counter('c')?.value, merged.gauge('g')?.value, merged.gauge('mine')?.value]).toEqual([12, 6, 3])
    merged.withdrawImportedGauges(['kept'])
    expect(['g', 'late', 'kept'].map((name) => merged.gauge(name)?.value)).toEqual([2, 1, 5])
  })

  test('histograms: a merge starts a new interval and adds to the whole', () => {
    const { main, worker, merged, announce } = twoThreads()
    const a = main.root.histogram('h', 'ms')
    const b = worker.root.histogram('h', 'ms')
    worker.root.histogram('idle', 'ms')
    announce()
    a.record(1)
    b.record(1)
    b.record(250)
    merged.mergeHistograms([{ worker: 0, delta: worker.takeHistogramDelta() }])
    const shown = merged.histogram('h')
    expect([shown?.interval.sampleCount(), shown?.cumulative.sampleCount()]).toEqual([3, 3])
    b.record(7)
    merged.mergeHistograms([{ worker: 0, delta: worker.takeHistogramDelta() }])
    expect([shown?.interval.sampleCount(), shown?.cumulative.sampleCount()]).toEqual([1, 4])
    expect([shown?.used, merged.histogram('idle')?.used]).toEqual([true, false])
  })

  test('what is forgotten disappears, and begins anew when it is asked for again', () => {
    const { main, worker, merged, announce } = twoThreads()
    const create = () => {
      for (const store of [main, worker]) {
        store.root.counter('cluster.a.x').inc()
        store.root.histogram('cluster.a.h').record(1)
        store.root.counter('cluster.ab.x').inc()
      }
      announce()
    }
    create()
    const held = worker.root.counter('cluster.a.x')
    for (const stats of [main, worker, merged]) stats.forget('cluster.a.')
    held.inc()
    expect(merged.counters().map((c) => [c.name, c.value])).toEqual([['cluster.ab.x', 2]])
    create()
    merged.mergeHistograms([{ worker: 0, delta: worker.takeHistogramDelta() }])
    expect(merged.counter('cluster.a.x')?.value).toBe(2)
    expect(merged.histogram('cluster.a.h')?.cumulative.sampleCount()).toBe(2)
  })

  test('what is forgotten before it was announced never appears', () => {
    const { worker, merged, announce } = twoThreads()
    worker.root.counter('listener.a.x').inc()
    worker.root.histogram('listener.a.h').record(1)
    worker.root.counter('listener.b.x').inc()
    for (const stats of [worker, merged]) stats.forget('listener.a.')
    announce()
    merged.mergeHistograms([{ worker: 0, delta: worker.takeHistogramDelta() }])
    expect([...merged.counters(), ...merged.histograms()].map(({ name }) => name)).toEqual(['listener.b.x'])
  })

  test('the same name gives the same object, and scope names lose what addresses bring in', () => {
    const { main } = twoThreads()
    const scope = main.root.scope('listener').scope('http://[::1]:80.')
    expect(scope.prefix).toBe('listener.http_[__1]_80.')
    expect(scope.counter('x')).toBe(main.root.counter('listener.http_[__1]_80.x'))
    expect(main.root.scope('').prefix).toBe('')
  })

  test('a worker thread counts in memory that main reads', async () => {
    const source = `
      const { StatsStore } = await import(${JSON.stringify(new URL('./stats-store.ts', import.meta.url).href)})
      const store = new StatsStore()
      store.root.counter('w').add(3)
      store.root.histogram('h').record(12)
      postMessage({ definitions: store.takeDefinitions(), delta: store.takeHistogramDelta() })`
    const worker = new Worker(URL.createObjectURL(new Blob([source], { type: 'text/javascript' })))
    const { definitions, delta } = await new Promise<MessageEvent['data']>((resolve, reject) => {
      worker.onmessage = (event) => resolve(event.data)
      worker.onerror = (event) => reject(new Error(event.message))
    })
    worker.terminate()
    const { merged } = twoThreads()
    merged.addDefinitions(0, definitions)
    merged.mergeHistograms([{ worker: 0, delta }])
    expect(merged.counter('w')?.value).toBe(3)
    expect(merged.histogram('h')?.cumulative.sorted()).toEqual({ bins: [129 * 128 + 12], counts: [1] })
  })

  test('a matcher below a prefix takes the place of the general one, and may change', () => {
    const main = new StatsStore()
    const merged = new MergedStats(main, (name) => !name.endsWith('.b'))
    const create = (...names: string[]) => names.forEach((name) => main.root.counter(name))
    const names = () => merged.counters().map(({ name }) => name)
    merged.matchBelow('cluster.x.', (name) => name === 'cluster.x.b')
    merged.matchBelow('cluster.x.y.', () => true)
    create('cluster.x.a', 'cluster.x.b', 'cluster.x.y.a', 'cluster.x.y.b', 'cluster.z.a', 'cluster.z.b')
    expect(names()).toEqual(['cluster.x.b', 'cluster.x.y.a', 'cluster.x.y.b', 'cluster.z.a'])
    main.root.counter('cluster.x.a').inc()
    merged.matchBelow('cluster.x.', undefined)
    expect(names()).toEqual(['cluster.x.a', 'cluster.x.y.a', 'cluster.x.y.b', 'cluster.z.a'])
    expect(merged.counter('cluster.x.a')?.value).toBe(1)
    merged.matchBelow('cluster.x.', () => false)
    expect(names()).toEqual(['cluster.x.y.a', 'cluster.x.y.b', 'cluster.z.a'])
  })

  test('what is announced is listed in its place, as long as nobody counts and it is not forgotten', () => {
    const { main, worker, merged, announce } = twoThreads()
    const listed = () =>
      merged
        .counterRuns()
        .flatMap(({ prefix, suffixes, stats }) =>
          suffixes.map((suffix, at) => `${prefix}${suffix} ${stats[at]?.value ?? '-'}`),
        )
    main.root.counter('cluster.a').inc()
    main.root.counter('cluster_b').inc()
    merged.announce('cluster.a.', names('b', 'x'))
    merged.announce('cluster.a.c.', names('x'))
    main.root.counter('cluster.a.c').inc()
    worker.root.counter('cluster.a.x').add(2)
    announce()
    const expected = [
      'cluster.a 1',
      'cluster.a.b -',
      'cluster.a.c 1',
      'cluster.a.c.x -',
      'cluster.a.x 2',
      'cluster_b 1',
    ]
    expect(listed()).toEqual(expected)
    expect(merged.counters().map(({ name }) => name)).toEqual(['cluster.a', 'cluster.a.c', 'cluster.a.x', 'cluster_b'])
    for (const stats of [main, worker, merged]) stats.forget('cluster.a.c.')
    expect(listed()).toEqual(expected.filter((line) => !line.includes('c.x')))
    for (const stats of [main, worker, merged]) stats.forget('cluster.a.')
    expect(listed()).toEqual(['cluster.a 1', 'cluster_b 1'])
  })

  test("a parent's gauges count where they are only announced, but for those that are none of its business", () => {
    const { merged } = twoThreads()
    merged.announce('cluster.a.', announcedNames({ gauges: ['active', 'limits.own'], ownGauges: ['limits.own'] }))
    for (const name of ['active', 'limits.own', 'unknown']) merged.importGauge(`cluster.a.${name}`, 3)
    expect(merged.gauges().map(({ name, value }) => [name, value])).toEqual([['cluster.a.active', 3]])
  })

  test('a matcher holds for what is announced, too', () => {
    const merged = new MergedStats(new StatsStore(), (name) => !name.endsWith('b'))
    const listed = () =>
      merged.counterRuns().flatMap(({ prefix, suffixes }) => suffixes.map((suffix) => prefix + suffix))
    merged.announce('cluster.x.', names('a', 'b'))
    expect(listed()).toEqual(['cluster.x.a'])
    merged.matchBelow('cluster.x.', (name) => name.endsWith('b'))
    expect(listed()).toEqual(['cluster.x.b'])
    merged.matchBelow('cluster.x.', undefined)
    expect(listed()).toEqual(['cluster.x.a'])
  })
})

function names(...counters: string[]): AnnouncedNames {
  return announcedNames({ counters })
}
