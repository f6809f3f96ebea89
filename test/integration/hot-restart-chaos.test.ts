/*
 * kill -9 at random points of a restart: afterwards the service answers. NUNCIO_CHAOS_ROUNDS and NUNCIO_CHAOS_SEED
 * change how often and how.
 */
import { expect, test } from 'bun:test'
import { direct, httpListener } from '../support/configs.ts'
import type { Epoch } from '../support/restart-chain.ts'
import { RestartChain } from '../support/restart-chain.ts'

const ROUNDS = Number(process.env['NUNCIO_CHAOS_ROUNDS'] ?? 6)
const SEED = Number(process.env['NUNCIO_CHAOS_SEED'] ?? 1)
/** Longer than a start takes. */
const LATEST_KILL_MS = 900

/** mulberry32 */
function random(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

function answering(chain: RestartChain, epoch: number): object {
  const address = { socket_address: { address: '127.0.0.1', port_value: chain.port } }
  return chain.bootstrap({ ...httpListener('front', { routes: [direct('/', `epoch ${epoch}`)] }), address })
}

test.if(process.platform === 'linux')(
  `${ROUNDS} restarts in which the child or the parent is killed (seed ${SEED})`,
  async () => {
    await using chain = new RestartChain()
    const next = random(SEED)
    let epoch = 0
    let serving: Epoch = await chain.start({ epoch, bootstrap: answering(chain, epoch) })
    for (let round = 0; round < ROUNDS; round++) {
      const child = await chain.start({ epoch: epoch + 1, bootstrap: answering(chain, epoch + 1), notReady: true })
      const afterMs = Math.floor(next() * LATEST_KILL_MS)
      const killsChild = next() < 0.5
      await Bun.sleep(afterMs)
      const victim = killsChild ? child : serving
      victim.kill('SIGKILL')
      await victim.exited
      const what = `round ${round}: ${killsChild ? 'child' : 'parent'} of epoch ${epoch} killed after ${afterMs} ms`
      try {
        if (killsChild) {
          await chain.untilAnswer(`epoch ${epoch}`)
          // So that it has noticed what happened, and the next round begins from rest.
          await chain.untilEpoch(epoch, serving)
        } else {
          serving = child
          epoch++
          if (child.exitCode() !== null || !(await answersWithin(chain, `epoch ${epoch}`))) {
            // It was too early: nobody had anything to take over, or was yet taking over from the one before.
            expect(child.log()).toMatch(/hot restart|previous envoy process is still initializing/)
            serving = await chain.start({
              epoch,
              bootstrap: answering(chain, epoch),
              flags: ['--skip-hot-restart-on-no-parent'],
            })
          }
          await chain.untilEpoch(epoch, serving)
        }
      } catch (error) {
        throw new Error(`${what}\nserving:\n${serving.log()}\nchild:\n${child.log()}`, { cause: error })
      }
    }
    serving.kill('SIGTERM')
    expect(await serving.exited).toBe(0)
    expect(chain.leftOver()).toEqual([])
  },
  30_000 + ROUNDS * 20_000,
)

async function answersWithin(chain: RestartChain, body: string): Promise<boolean> {
  return chain.untilAnswer(body).then(
    () => true,
    () => false,
  )
}
