import { describe, expect, test } from 'bun:test'
import type { LocalityLoad } from '../config/policies/policy.ts'
import type { Health } from '../host-snapshot.ts'
import type { LoadedHost } from './locality-weights.ts'
import { LocalityWeigher } from './locality-weights.ts'

const LOAD: LocalityLoad = {
  updateMs: 1000,
  newestPart: 0.5,
  expirationMs: 0,
  tolerance: 0.1,
  probed: 0,
  metricNames: [],
}

/** `a.3` is a host of zone a that is 30 % busy; without a number it has not told. A trailing `?` makes it degraded. */
function host(text: string): LoadedHost {
  const health: Health = text.endsWith('?') ? 'degraded' : 'healthy'
  const number = /\.\d+/.exec(text)?.[0]
  const locality = { region: '', zone: text[0]!, subZone: '' }
  return { locality, health, utilisation: number === undefined ? undefined : Number(`0${number}`) }
}

/** The proxy is in zone a. */
function weigher(more: Partial<LocalityLoad> = {}) {
  const weigh = new LocalityWeigher({ ...LOAD, ...more }, { region: '', zone: 'a', subZone: '' })
  return (...hosts: readonly string[]) => {
    const { weights, marks } = weigh.weigh([hosts.map(host)])
    const rounded = Object.values(weights[0]!.healthy.weights).map((weight) => Math.round(weight * 1000) / 1000)
    return { weights: rounded, isAllLocal: weights[0]!.healthy.isAllLocal, marks, all: weights[0]! }
  }
}

describe('weights of localities', () => {
  test('the own gets everything while it is not much busier than the others', () => {
    const weigh = weigher()
    expect(weigh('b', 'a', 'a')).toMatchObject({ weights: [1, 0], isAllLocal: true })
    expect(weigher()('b.3', 'a.4', 'a.4')).toMatchObject({ weights: [1, 0], isAllLocal: true })
    const spill = weigher()('b.3', 'a.5', 'a.5')
    expect(spill).toMatchObject({ weights: [1, 0.7], isAllLocal: false })
    expect(spill.marks).toMatchObject({ localPreferred: false, spillActive: true, probeActive: false })
  })

  test('the others by their idle hosts, where the proxy has no locality among them', () => {
    expect(weigher()('b.5', 'b.7', 'c', 'd.5')).toMatchObject({ weights: [0.8, 1, 0.5], isAllLocal: false })
  })

  test('the others get some requests in any case', () => {
    const probing = weigher({ probed: 0.2 })('a', 'b', 'c', 'c', 'c')
    expect(probing).toMatchObject({ weights: [0.8, 0.05, 0.15], isAllLocal: false })
    expect(probing.marks).toMatchObject({ localPreferred: true, probeActive: true })
    const enough = weigher({ probed: 0.2 })('a.5', 'b.2')
    expect(enough).toMatchObject({ weights: [0.5, 0.8] })
    expect(enough.marks.probeActive).toBe(false)
  })

  test('everybody overloaded: by number of hosts', () => {
    const { weights, marks } = weigher()('a.99999999999', 'b.999999999999', 'b')
    expect(weights[0]).toBe(1)
    expect(marks.allOverloaded).toBe(false)
    const over = new LocalityWeigher(LOAD, undefined).weigh([
      ['b', 'b', 'c'].map((zone) => ({ ...host(zone), utilisation: 1.2 })),
    ])
    expect(over.weights[0]!.healthy.weights).toEqual({ '\0b\0': 2, '\0c\0': 1 })
    expect(over.marks.allOverloaded).toBe(true)
  })

  test('what was told before fades; silence leaves the number of hosts', () => {
    const weigh = weigher()
    expect(weigh('b.4', 'b.4')).toMatchObject({ weights: [1.2] })
    expect(weigh('b.8', 'b.8')).toMatchObject({ weights: [0.8] })
    const silent = weigh('b', 'b')
    expect(silent.weights).toEqual([2])
    expect(silent.marks.staleLocalities).toBe(1)
    expect(weigh('b.6', 'b.6')).toMatchObject({ weights: [0.8] })
    expect(weigh('c')).toMatchObject({ weights: [1] })
    expect(weigh('b.2', 'b.2')).toMatchObject({ weights: [1.6] })
  })

  test('healthy, degraded and all hosts are weighed apart', () => {
    const { all } = weigher()('b.5', 'b.1?', 'c.3?')
    expect(Object.values(all.healthy.weights)).toEqual([0.5, 0])
    expect(Object.values(all.degraded.weights)).toEqual([0.9, 0.7])
    expect(Object.values(all.all.weights)).toEqual([1.4, 0.7])
  })

  test('nobody at all', () => {
    const { weights, marks } = new LocalityWeigher(LOAD, undefined).weigh([[]])
    expect(weights[0]!.healthy.weights).toEqual({})
    expect(marks.allOverloaded).toBe(false)
  })
})
