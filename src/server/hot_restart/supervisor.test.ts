import { describe, expect, test } from 'bun:test'
import { SimulatedDispatcher } from '../../event/simulated-dispatcher.ts'
import { Supervisor } from './supervisor.ts'

class Harness {
  readonly dispatcher = new SimulatedDispatcher()
  readonly log: string[] = []
  readonly ends = new Map<number, (code: number | undefined) => void>()
  proof: Promise<boolean> = Promise.resolve(true)
  proofs = 0
  readonly supervisor = new Supervisor({
    dispatcher: this.dispatcher,
    start: (epoch) => {
      this.log.push(`start ${epoch}`)
      const ended = Promise.withResolvers<number | undefined>()
      this.ends.set(epoch, ended.resolve)
      return { pid: 100 + epoch, ended: ended.promise, kill: (signal) => void this.log.push(`${signal} ${epoch}`) }
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
})
