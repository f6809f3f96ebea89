/*
 * Runs the same traffic through the real Envoy and through Nuncio, both started on the same configuration, and compares
 * what was noted. Where there is no Envoy (variable ENVOY, or `envoy` on the PATH) the tests say so and are skipped.
 */
import { expect, test } from 'bun:test'
import { join } from 'node:path'
import { findEnvoy } from './find-envoy.ts'
import { Side } from './side.ts'

const NUNCIO = join(import.meta.dir, '../../../bin/nuncio')

export interface DifferentialCase {
  readonly backends?: readonly string[]
  /** Backends that fail as they are told, see `test/support/faulty-backend.ts`. */
  readonly faulty?: readonly string[]
  /** Ports of listeners are 0. `{folder}` in it is a folder of the side's own. */
  readonly bootstrap: (port: (backend: string) => number) => Readonly<Record<string, unknown>>
  readonly flags?: readonly string[]
  /** Called with each side's folder before its start. */
  readonly prepare?: (folder: string) => void
  /** Called once before both sides start. */
  readonly before?: () => Promise<void>
  /** Runs once on each side, at the same time. */
  readonly traffic: (side: Side) => Promise<void>
  /** Compare names and values of the stats whose (masked) names match, after the traffic. */
  readonly stats?: RegExp
  /** Stats whose values depend on time or on how a program is made; names are compared all the same. */
  readonly volatile?: RegExp
}

const FLAGS = ['--file-flush-interval-msec', '20', '-l', 'warning']

/** One worker unless a case wants more: Envoy takes no flag twice. */
function flagsFor(own: readonly string[]): readonly string[] {
  return own.includes('--concurrency') ? [...FLAGS, ...own] : ['--concurrency', '1', ...FLAGS, ...own]
}

const envoy = findEnvoy()

/** Undefined: there is none of this version here. */
export const envoyPath = envoy

export function differential(name: string, wanted: DifferentialCase): void {
  if (envoy === undefined) {
    test.skip(`${name} (there is no Envoy 1.40 here: set ENVOY, or put envoy on the PATH)`, () => {})
    return
  }
  test(name, () => compare(wanted, envoy), 60_000)
}

async function compare(wanted: DifferentialCase, envoyPath: string): Promise<void> {
  const setup = (program: string) => ({
    backends: wanted.backends ?? [],
    faulty: wanted.faulty ?? [],
    bootstrap: wanted.bootstrap,
    flags: flagsFor(wanted.flags ?? []),
    command: [program],
    ...(wanted.prepare === undefined ? {} : { prepare: wanted.prepare }),
  })
  await wanted.before?.()
  const sides = await bothOrNone(Side.start(setup(envoyPath)), Side.start(setup(NUNCIO)))
  try {
    const [real, ours] = sides
    await Promise.all(sides.map((side) => wanted.traffic(side)))
    expect(ours.notes).toEqual(real.notes)
    if (wanted.stats !== undefined) await compareStats(real, ours, wanted.stats, wanted.volatile ?? /^$/)
  } finally {
    await Promise.all(sides.map((side) => side.stop()))
  }
}

async function bothOrNone(first: Promise<Side>, second: Promise<Side>): Promise<readonly [Side, Side]> {
  const [one, other] = await Promise.allSettled([first, second])
  if (one.status === 'fulfilled' && other.status === 'fulfilled') return [one.value, other.value]
  for (const result of [one, other]) if (result.status === 'fulfilled') await result.value.stop()
  throw one.status === 'rejected' ? one.reason : (other as PromiseRejectedResult).reason
}

/** Stats reach the admin server a little after the traffic, so they get two seconds to become the same. */
async function compareStats(real: Side, ours: Side, names: RegExp, volatile: RegExp): Promise<void> {
  const limit = performance.now() + 2000
  for (;;) {
    const expected = chosen(await real.stats(), names, volatile)
    const actual = chosen(await ours.stats(), names, volatile)
    if (Bun.deepEquals(expected, actual) || performance.now() > limit) {
      expect(actual).toEqual(expected)
      return
    }
    await Bun.sleep(50)
  }
}

function chosen(stats: Record<string, string>, names: RegExp, volatile: RegExp): Record<string, string> {
  return Object.fromEntries(
    Object.entries(stats)
      .filter(([name]) => names.test(name))
      .map(([name, value]) => [name, volatile.test(name) ? '<any>' : value]),
  )
}
