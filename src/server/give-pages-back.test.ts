import { describe, expect, test } from 'bun:test'
import { readFileSync } from 'node:fs'
import { SimulatedDispatcher } from '../event/simulated-dispatcher.ts'
import { releaseProgramPages } from '../platform/program-pages.ts'
import { givePagesBack } from './give-pages-back.ts'

describe('givePagesBack', () => {
  test('at once, and a few times more', () => {
    const dispatcher = new SimulatedDispatcher()
    let released = 0
    givePagesBack(dispatcher, () => released++)
    expect(released).toBe(1)
    dispatcher.advance(10_000)
    expect(released).toBe(2)
    dispatcher.advance(3_600_000)
    expect(released).toBe(3)
  })

  test('not after the end', () => {
    const dispatcher = new SimulatedDispatcher()
    let released = 0
    givePagesBack(dispatcher, () => released++)()
    dispatcher.advance(3_600_000)
    expect(released).toBe(1)
  })
})

describe('releaseProgramPages', () => {
  const resident = (): number => Number(/^RssFile:\s+(\d+) kB/m.exec(readFileSync('/proc/self/status', 'utf8'))![1])

  test('makes the process smaller, and it goes on', () => {
    const before = resident()
    releaseProgramPages()
    expect(resident()).toBeLessThan(before - 5000)
    expect(JSON.parse(JSON.stringify({ still: [1, /a+/.exec('aa')?.[0]] }))).toEqual({ still: [1, 'aa'] })
  })
})
