import { expect, test } from 'bun:test'
import { Activity, activityMemory } from '../../event/activity.ts'
import { GuardDog } from './guard-dog.ts'
import type { WatchdogConfig } from './watchdog-config.ts'
import { DEFAULT_WATCHDOG } from './watchdog-config.ts'
import { WatchedActivity } from './watched-thread.ts'

function dogOf(config: Partial<WatchdogConfig>, count = 1, random = 0) {
  const memory = activityMemory(count)
  const threads = Array.from({ length: count }, (_, index) => {
    const activity = new Activity(memory, index)
    return new WatchedActivity(`worker_${index}`, activity)
  })
  const dog = new GuardDog({ ...DEFAULT_WATCHDOG, ...config }, threads, random)
  let now = 1000
  /** Lets time pass and looks every interval; what was found, with the time since the beginning. */
  const watch = (ms: number): string[] => {
    const found: string[] = []
    for (const end = now + ms; now < end;) {
      now += dog.intervalMs
      for (const { event, threads: who } of dog.step(now)) {
        found.push(`${now - 1000} ${event} ${who.map(({ name, stuckMs }) => `${name}:${stuckMs}`).join()}`)
      }
    }
    return found
  }
  return { dog, threads: threads.map(({ activity }) => activity), watch }
}

test('guard dog: a stall is one miss and one mega-miss, and a new stall counts anew', () => {
  const { dog, threads, watch } = dogOf({})
  expect(dog.intervalMs).toBe(200)
  expect(watch(2000)).toEqual([])
  threads[0]?.turnBegins()
  expect(watch(3000)).toEqual(['2600 MISS worker_0:400', '3400 MEGAMISS worker_0:1200'])
  threads[0]?.turnEnds()
  expect(watch(1000)).toEqual(['5200 BACK worker_0:3000'])
  threads[0]?.callbackBegins()
  expect(watch(600)).toEqual(['6600 MISS worker_0:400'])
})

test('guard dog: stalls that are over before it looks count all the same, and none counts twice', () => {
  const { threads, watch } = dogOf({})
  threads[0]?.turnLasted(150)
  threads[0]?.turnLasted(300)
  threads[0]?.turnLasted(1300)
  expect(watch(400)).toEqual(['200 MEGAMISS worker_0:1300', '200 MISS worker_0:300,worker_0:1300'])
  threads[0]?.turnBegins()
  expect(watch(600)).toEqual(['1000 MISS worker_0:400'])
  threads[0]?.turnLasted(1050)
  threads[0]?.turnEnds()
  expect(watch(400)).toEqual(['1200 BACK worker_0:1050', '1200 MEGAMISS worker_0:1050'])
})

test('guard dog: a busy thread that comes back to its loop between two looks is never stuck', () => {
  const { threads, watch } = dogOf({})
  for (let n = 0; n < 20; n++) {
    threads[0]?.turnBegins()
    expect(watch(200)).toEqual([])
    threads[0]?.turnEnds()
    threads[0]?.turnBegins()
    threads[0]?.turnEnds()
  }
})

test('guard dog: one thread is killed after its timeout and what is added to it', () => {
  const timeouts = { missTimeoutMs: 1000, megamissTimeoutMs: 1000, killTimeoutMs: 500, maxKillTimeoutJitterMs: 100 }
  const { dog, threads, watch } = dogOf(timeouts, 1, 0.75)
  expect(dog.intervalMs).toBe(525)
  threads[0]?.turnBegins()
  expect(watch(1050)).toEqual([])
  expect(watch(525)).toEqual(['1575 KILL worker_0:1050', '1575 MEGAMISS worker_0:1050', '1575 MISS worker_0:1050'])
})

test.each([
  [4, 0, 2],
  [4, 75, 3],
  [4, 80, 4],
  [2, 10, 2],
])('guard dog: of %d threads with a threshold of %d %%, %d must be stuck for a multikill', (count, percent, needed) => {
  const { threads, watch } = dogOf({ multikillTimeoutMs: 500, multikillThresholdPercent: percent }, count)
  for (let stuck = 0; stuck < needed - 1; stuck++) threads[stuck]?.turnBegins()
  expect(watch(2000).filter((text) => text.includes('MULTIKILL'))).toEqual([])
  threads[needed - 1]?.turnBegins()
  expect(watch(1000).filter((text) => text.includes('MULTIKILL'))).not.toEqual([])
})
