import { describe, expect, test } from 'bun:test'
import { httpFilterConformance } from '../../../../../test/support/http-filter-conformance.ts'
import type { DecoderCallbacks } from '../../../../api/http.ts'
import { extension } from './extension.ts'
import { OnDemandFilter } from './on-demand-filter.ts'

httpFilterConformance(extension, { good: ['{}'], bad: [['odcds: {source: {ads: {}}}', 'odcds']] })

function setUp(route: unknown) {
  const events: string[] = []
  let answer: (found: boolean) => void = () => undefined
  const callbacks = {
    route,
    requestRouteConfigUpdate: (done: (found: boolean) => void) => {
      events.push('asked')
      answer = done
    },
    continueDecoding: () => void events.push('continued'),
  } as unknown as DecoderCallbacks
  const filter = new OnDemandFilter()
  filter.setDecoderCallbacks(callbacks)
  return { filter, events, callbacks, answer: (found: boolean) => answer(found) }
}

describe('on_demand', () => {
  test('a request that has a route passes', () => {
    const { filter, events } = setUp({})
    expect([filter.decodeHeaders(), ...events]).toEqual(['continue'])
  })

  test('one without waits for its table', () => {
    const { filter, events, answer } = setUp(undefined)
    expect(filter.decodeHeaders()).toBe('stop-all-and-watermark')
    expect(events).toEqual(['asked'])
    answer(true)
    expect(events).toEqual(['asked', 'continued'])
  })

  test('nothing to wait for', () => {
    const { filter, events, callbacks } = setUp(undefined)
    Object.assign(callbacks, { requestRouteConfigUpdate: (done: (found: boolean) => void) => done(false) })
    expect([filter.decodeHeaders(), ...events]).toEqual(['continue'])
  })

  test('a request that is gone is not continued', () => {
    const { filter, events, answer } = setUp(undefined)
    filter.decodeHeaders()
    filter.onDestroy()
    answer(true)
    expect(events).toEqual(['asked'])
  })
})
