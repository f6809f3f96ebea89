import { describe, expect, test } from 'bun:test'
import { SimulatedDispatcher } from '../../event/simulated-dispatcher.ts'
import { Supervisor } from './supervisor.ts'

class Harness {
  readonly dispatcher = new SimulatedDispatcher()
  readonly log: string[] = []
  readonly ends = new Map<number, (code: number | undefined) => void>()
  readonly serves = new Map<number, () => void>()
  /** Whether an epoch serves as soon as it is started. */
  quick = true
  proof: Promise<boolean> = Promise.resolve(true)
  proofs = 0
  readonly supervisor = new Supervisor({
    dispatcher: this.dispatcher,
    start: (epoch) => {
      this.log.push(`start ${epoch}`)
      const ended = Promise.withResolvers<number | undefined>()
      const serving = Promise.withResolvers<void>()
      this.ends.set(epoch, ended.resolve)
      this.serves.set(epoch, serving.resolve)
      if (this.quick) serving.resolve()
      return {
        pid: 100 + epoch,
        serving: serving.promise,
        ended: ended.promise,
        kill: (signal) => void this.log.push(`${signal} ${epoch}`),
      }
    },
    prove: async () => {
      this.proofs++
      return this.proof
    },
    tell: () => undefined,
  })
  readonly result = this.supervisor.run()

  async end(epoch: number, code: number | undefined): Promise<void> {
    this.ends.get(epoch)?.(code)
    await Bun.sleep(0)
  }

  async serve(epoch: number): Promise<void> {
    this.serves.get(epoch)?.()
    await Bun.sleep(0)
  }

  /** Asks for a restart whose start may have to wait. */
  async ask(): Promise<void> {
    void this.supervisor.restart()
    await Bun.sleep(0)
  }
}

describe('supervisor', () => {
  test('epochs follow each other; the end of the last one is its own', async () => {
    const harness = new Harness()
    await harness.supervisor.restart()
    await harness.end(0, 0)
    await harness.supervisor.restart()
    await harness.end(1, 0)
    await harness.end(2, 0)
    expect(harness.log).toEqual(['start 0', 'start 1', 'start 2'])
    expect(await harness.result).toBe(0)
  })

  test('SIGTERM goes to all; who does not end in half a minute is killed', async () => {
    const harness = new Harness()
    await harness.supervisor.restart()
    harness.supervisor.end()
    await harness.end(0, 0)
    harness.dispatcher.advance(29_000)
    expect(harness.log.slice(2)).toEqual(['SIGTERM 0', 'SIGTERM 1'])
    harness.dispatcher.advance(1000)
    expect(harness.log.slice(4)).toEqual(['SIGKILL 1'])
    await harness.end(1, undefined)
    expect(await harness.result).toBe(1)
  })

  test('a graceful end is 0, whatever the processes end with', async () => {
    const harness = new Harness()
    harness.supervisor.end()
    await harness.end(0, 0)
    expect(await harness.result).toBe(0)
  })

  test('the only process ends abnormally: 1', async () => {
    const harness = new Harness()
    await harness.end(0, undefined)
    expect(await harness.result).toBe(1)
  })

  test('a start that fails leaves the other one, whose next epoch has the same number', async () => {
    const harness = new Harness()
    await harness.supervisor.restart()
    await harness.end(1, 1)
    await harness.supervisor.restart()
    harness.supervisor.reopenLogs()
    expect(harness.log).toEqual(['start 0', 'start 1', 'start 1', 'SIGUSR1 0', 'SIGUSR1 1'])
  })

  test('a configuration that is refused starts nothing, and what changes meanwhile is looked at once more', async () => {
    const harness = new Harness()
    const proof = Promise.withResolvers<boolean>()
    harness.proof = proof.promise
    const first = harness.supervisor.restart()
    await harness.supervisor.restart()
    await harness.supervisor.restart()
    proof.resolve(false)
    await first
    expect([harness.proofs, harness.log]).toEqual([2, ['start 0']])
  })

  test('a change while the newest epoch still starts waits until it serves', async () => {
    const harness = new Harness()
    harness.quick = false
    await harness.ask()
    await harness.ask()
    await harness.ask()
    expect([harness.proofs, harness.log]).toEqual([2, ['start 0', 'start 1']])
    await harness.serve(1)
    // The proof of the first asking is older than the second.
    expect([harness.proofs, harness.log]).toEqual([3, ['start 0', 'start 1', 'start 2']])
  })

  test('a change is not lost when the epoch that it waits for fails', async () => {
    const harness = new Harness()
    harness.quick = false
    await harness.ask()
    await harness.ask()
    expect(harness.log).toEqual(['start 0', 'start 1'])
    await harness.end(1, 1)
    expect(harness.log).toEqual(['start 0', 'start 1', 'start 1'])
  })

  test('an epoch has the sockets of the third before it, and waits for its end', async () => {
    const harness = new Harness()
    for (let epoch = 1; epoch <= 2; epoch++) await harness.ask()
    await harness.ask()
    expect(harness.log).toEqual(['start 0', 'start 1', 'start 2'])
    await harness.end(0, 0)
    expect(harness.log).toEqual(['start 0', 'start 1', 'start 2', 'start 3'])
  })

  test('who is told to end starts nothing that waited', async () => {
    const harness = new Harness()
    harness.quick = false
    await harness.ask()
    await harness.ask()
    harness.supervisor.end()
    await harness.serve(1)
    await harness.end(0, 0)
    await harness.end(1, 0)
    expect(harness.log).toEqual(['start 0', 'start 1', 'SIGTERM 0', 'SIGTERM 1'])
    expect(await harness.result).toBe(0)
  })
})
