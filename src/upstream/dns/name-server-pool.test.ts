import { describe, expect, test } from 'bun:test'
import { NameServerPool } from './name-server-pool.ts'

/** Draws what it is told, 0 by default. */
const dice = { draw: 0, u32: () => dice.draw, float: () => dice.draw, uuid: () => '' }

function pool(count: number, more: { rotates?: boolean; timeoutMs?: number } = {}): NameServerPool {
  const servers = Array.from({ length: count }, (_, index) => `192.0.2.${index + 1}:53`)
  return new NameServerPool({ servers, rotates: false, timeoutMs: 1000, ...more }, dice)
}

describe('which server is asked', () => {
  test('the first one, until it fails; then the next, until that has failed as often', () => {
    const servers = pool(2)
    const first = servers.next()
    expect(first.index).toBe(0)
    servers.failed(first, 0)
    const second = servers.next()
    expect(second.index).toBe(1)
    servers.failed(second, 0)
    expect(servers.next()).toBe(first)
    servers.failed(first, 0)
    expect(servers.next()).toBe(second)
    servers.answered(first)
    expect(servers.next()).toBe(first)
  })

  test('rotating: any of those that have failed least', () => {
    const servers = pool(3, { rotates: true })
    dice.draw = 2
    expect(servers.next().index).toBe(2)
    servers.failed(servers.next(), 0)
    dice.draw = 3
    expect(servers.next().index).toBe(1)
    dice.draw = 0
  })

  test('one that has failed is looked after, seconds later, by one question of ten', () => {
    const servers = pool(2)
    const [first, second] = [servers.next(), (servers.failed(servers.next(), 0), servers.next())]
    expect(servers.toProbe(second, 4999)).toBeUndefined()
    dice.draw = 1
    expect(servers.toProbe(second, 5000)).toBeUndefined()
    dice.draw = 0
    expect(servers.toProbe(second, 5000)).toBe(first)
    first.probed = true
    expect(servers.toProbe(second, 5000)).toBeUndefined()
    expect(servers.toProbe(first, 9000)).toBeUndefined()
  })
})

describe('how long it is waited for', () => {
  test('so long as is configured, from a quarter of a second to five', () => {
    const wait = (timeoutMs: number) => pool(1, { timeoutMs }).patienceMs(pool(1).next(), 0, 0)
    expect([100, 1000, 9000].map(wait)).toEqual([250, 1000, 5000])
  })

  test('once it has answered three times: five times as long as it takes', () => {
    const servers = pool(1)
    const server = servers.next()
    for (const ms of [100, 200, 300]) {
      expect(servers.patienceMs(server, 0, 0)).toBe(1000)
      server.latency.record(ms, 0)
    }
    expect(servers.patienceMs(server, 0, 0)).toBe(1000)
    for (let i = 0; i < 10; i++) server.latency.record(60, 60_000)
    expect(servers.patienceMs(server, 0, 60_000)).toBe(300)
    // Of the minute before, and of the hour before.
    expect(servers.patienceMs(server, 0, 130_000)).toBe(300)
    expect(servers.patienceMs(server, 0, 3_700_000)).toBe(460)
  })

  test('twice as long in every round, or up to half of that less', () => {
    const servers = pool(2)
    const wait = (tried: number) => servers.patienceMs(servers.next(), tried, 0)
    expect([0, 1, 2, 3, 4].map(wait)).toEqual([1000, 1000, 2000, 2000, 4000])
    dice.draw = 0.5
    expect([1, 2, 4].map(wait)).toEqual([1000, 1500, 3000])
    dice.draw = 0
  })
})
