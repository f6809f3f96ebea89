/* Also what this room relies on in the runtime's loop. A red test here after an update of Bun says where. */
import { afterEach, describe, expect, test } from 'bun:test'
import { readSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { EPOLLIN } from '../platform/epoll-constants.ts'
import { eventDescriptor } from '../platform/epoll.ts'
import { closeDescriptor } from '../platform/socket-calls.ts'
import { WITH_TIMERS } from './file-events.ts'
import type { RuntimePatience } from './file-events.ts'
import { LiveDispatcher } from './live-dispatcher.ts'

/** So patient that a test would end first. */
const FOR_EVER: RuntimePatience = { stayMs: 60_000, idleMs: 60_000 }
/** Longer than a loop without events stays awake. */
const ASLEEP_MS = 60

const ends: (() => void)[] = []

afterEach(() => {
  for (const end of ends.splice(0)) end()
})

function liveDispatcher(patience = WITH_TIMERS): LiveDispatcher {
  const made = new LiveDispatcher('main_thread', undefined, patience)
  ends.push(() => made.close())
  return made
}

/** A descriptor that is readable from `raise` until `take`. */
class Signal {
  readonly fd = eventDescriptor()

  constructor() {
    ends.push(() => closeDescriptor(this.fd))
  }

  raise(): void {
    writeSync(this.fd, new BigUint64Array([1n]))
  }

  take(): void {
    readSync(this.fd, new BigUint64Array(1))
  }
}

/** How many times each was told, and how to wait for the next time. */
class Target {
  readonly events: number[] = []
  #told = Promise.withResolvers<void>()

  get told(): Promise<void> {
    return this.#told.promise
  }

  onFileEvent(events: number): void {
    this.events.push(events)
    this.#told.resolve()
    this.#told = Promise.withResolvers()
  }
}

describe('descriptors', () => {
  test('become readable while the thread is awake, and while it sleeps', async () => {
    const { files } = liveDispatcher()
    const signal = new Signal()
    const target = new Target()
    expect(files.add(signal.fd, 'level', target)).toBe(0)
    for (const pause of [0, ASLEEP_MS, ASLEEP_MS]) {
      await Bun.sleep(pause)
      const { told } = target
      signal.raise()
      await told
      signal.take()
    }
  })

  test('come before timers that were due in a long turn, awake and asleep', async () => {
    for (const pause of [0, ASLEEP_MS]) {
      const dispatcher = liveDispatcher()
      const [first, second] = [new Signal(), new Signal()]
      const order: string[] = []
      const over = Promise.withResolvers<void>()
      const timer = dispatcher.timer(() => {
        order.push('timer')
        over.resolve()
      })
      const hold = (): void => {
        for (const until = performance.now() + 20; performance.now() < until;);
        second.raise()
      }
      const onFileEvent = (): void => {
        second.take()
        order.push('second')
      }
      dispatcher.files.add(second.fd, 'level', { onFileEvent })
      // oxlint-disable-next-line no-await-in-loop -- one after the other
      await Bun.sleep(pause)
      timer.enable(5)
      if (pause > 0) hold()
      else {
        const onFirst = (): void => {
          first.take()
          hold()
        }
        dispatcher.files.add(first.fd, 'level', { onFileEvent: onFirst })
        first.raise()
      }
      // oxlint-disable-next-line no-await-in-loop -- as above
      await over.promise
      expect([pause, ...order]).toEqual([pause, 'second', 'timer'])
    }
  })

  test('are told as long as they are readable, or once', async () => {
    const { files } = liveDispatcher()
    const [level, edge] = [new Signal(), new Signal()]
    const [often, once] = [new Target(), new Target()]
    files.add(level.fd, 'level', often)
    files.add(edge.fd, 'edge', once)
    edge.raise()
    level.raise()
    while (often.events.length < 5) await Bun.sleep(1)
    level.take()
    expect(once.events.filter((events) => (events & EPOLLIN) !== 0)).toHaveLength(1)
  })

  test('of a former owner are not told to the next', async () => {
    const { files } = liveDispatcher()
    const signal = new Signal()
    const [former, next] = [new Target(), new Target()]
    files.add(signal.fd, 'level', former)
    files.activate(signal.fd, EPOLLIN)
    files.remove(signal.fd)
    files.add(signal.fd, 'level', next)
    await Bun.sleep(1)
    expect([former.events, next.events]).toEqual([[], []])
    files.activate(signal.fd, EPOLLIN)
    await next.told
    expect(former.events).toEqual([])
  })

  test('that are none are refused with the reason', () => {
    expect(liveDispatcher().files.add(-1, 'edge', new Target())).toBe(9)
  })
})

test('a thread without a descriptor left is still told', async () => {
  const here = (path: string) => JSON.stringify(join(import.meta.dir, path))
  const program = `
    const { LiveDispatcher } = await import(${here('live-dispatcher.ts')})
    const { eventDescriptor } = await import(${here('../platform/epoll.ts')})
    const { openSync, writeSync } = await import('node:fs')
    const { files } = new LiveDispatcher('main_thread')
    const fd = eventDescriptor()
    files.add(fd, 'level', { onFileEvent() { process.exit(0) } })
    try { for (;;) openSync('/dev/null') } catch {}
    setTimeout(() => writeSync(fd, new BigUint64Array([1n])), ${ASLEEP_MS})
    setTimeout(() => process.exit(1), 2000)`
  const child = Bun.spawn(['sh', '-c', 'ulimit -n 64; exec "$0" -e "$1"', process.execPath, program], {
    stdout: 'ignore',
  })
  expect(await child.exited).toBe(0)
})

describe('the runtime goes on while the thread waits for descriptors', () => {
  /** A loop that stays awake, as there is an event every few milliseconds. */
  function busy(): Signal {
    const { files } = liveDispatcher()
    const signal = new Signal()
    files.add(signal.fd, 'level', { onFileEvent: () => undefined })
    signal.raise()
    return signal
  }

  test('its timers, immediates and messages', async () => {
    busy()
    await new Promise((resolve) => setTimeout(resolve, 5))
    await new Promise((resolve) => setImmediate(resolve))
    const { port1, port2 } = new MessageChannel()
    const answer = new Promise((resolve) => {
      port1.onmessage = ({ data }) => resolve(data)
    })
    port2.postMessage('hello')
    expect(await answer).toBe('hello')
    port1.close()
  })

  test.each([
    ['mostly', WITH_TIMERS],
    ['for ever', FOR_EVER],
  ])('its sockets, also when nothing else happens and the thread stays here %s', async (_, patience) => {
    liveDispatcher(patience).files.add(new Signal().fd, 'level', new Target())
    const server = Bun.serve({ port: 0, hostname: '127.0.0.1', fetch: () => new Response('ok') })
    expect(await (await fetch(server.url)).text()).toBe('ok')
    await server.stop(true)
  })

  test('messages of other threads, also when the thread would stay here for ever', async () => {
    liveDispatcher(FOR_EVER).files.add(new Signal().fd, 'level', new Target())
    const text = 'onmessage = ({ data }) => setTimeout(() => postMessage(data + 1), 30)'
    const other = new Worker(URL.createObjectURL(new Blob([text], { type: 'application/javascript' })))
    for (let sent = 0; sent < 3; sent++) {
      const answer = new Promise((resolve) => {
        other.onmessage = ({ data }) => resolve(data)
      })
      other.postMessage(sent)
      expect(await answer).toBe(sent + 1)
    }
    other.terminate()
  })

  test('a pastime, while nothing is ready', async () => {
    const dispatcher = liveDispatcher()
    const signal = new Signal()
    const order: string[] = []
    const rested = Promise.withResolvers<void>()
    let events = 0
    dispatcher.whileNothingIsReady(() => {
      order.push('pastime')
      if (events > 0) rested.resolve()
      return false
    })
    dispatcher.files.add(signal.fd, 'edge', {
      onFileEvent: () => {
        order.push('event')
        if (++events < 3) dispatcher.files.activate(signal.fd, EPOLLIN)
      },
    })
    signal.raise()
    await rested.promise
    expect(order.slice(order.indexOf('event'))).toEqual(['event', 'event', 'event', 'pastime'])
  })

  test('promises of a turn are settled before the next one', async () => {
    const { files } = liveDispatcher()
    const signal = new Signal()
    const log: string[] = []
    const done = Promise.withResolvers<void>()
    files.add(signal.fd, 'level', {
      onFileEvent() {
        log.push('event')
        void Promise.resolve().then(() => log.push('promise'))
        process.nextTick(() => log.push('tick'))
        if (log.length > 9) done.resolve()
      },
    })
    signal.raise()
    await done.promise
    expect(log.slice(0, 6)).toEqual(['event', 'promise', 'tick', 'event', 'promise', 'tick'])
  })
})

describe('a dispatcher', () => {
  test('ends its turns and fires its timers while there are events', async () => {
    const dispatcher = liveDispatcher()
    const signal = new Signal()
    let posted = 0
    dispatcher.files.add(signal.fd, 'level', { onFileEvent: () => dispatcher.post(() => posted++) })
    signal.raise()
    const fired = Promise.withResolvers<number>()
    const begun = performance.now()
    dispatcher.timer(() => fired.resolve(performance.now())).enable(10)
    expect((await fired.promise) - begun).toBeGreaterThanOrEqual(10)
    expect(posted).toBeGreaterThan(1)
  })

  test('that waits for nothing lets the process end, one that waits does not', async () => {
    const here = (path: string) => JSON.stringify(join(import.meta.dir, path))
    const program = (then: string) => `
      const { LiveDispatcher } = await import(${here('live-dispatcher.ts')})
      const { eventDescriptor } = await import(${here('../platform/epoll.ts')})
      const { files } = new LiveDispatcher('main_thread')
      const fd = eventDescriptor()
      files.add(fd, 'level', { onFileEvent() {} })
      ${then}`
    const run = (then: string) => Bun.spawn([process.execPath, '-e', program(then)], { stdout: 'ignore' })
    const [ends, waits] = [run('files.remove(fd)'), run('')]
    expect(await ends.exited).toBe(0)
    await Bun.sleep(ASLEEP_MS)
    expect(waits.exitCode).toBeNull()
    waits.kill()
    await waits.exited
  })
})
