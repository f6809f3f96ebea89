/**
 * The servers that a resolver asks, by what is known of them, as c-ares does: who has failed comes after the others until it is
 * seen to answer again, and who answers fast is not waited for long.
 */
import type { Random } from '../../api/event.ts'
import type { NameServer } from './name-server.ts'
import { createNameServer } from './name-server.ts'

export interface NameServerPoolSettings {
  /** `ip:port`, in the order in which they are asked. */
  readonly servers: readonly string[]
  /** Each question goes to any of the best servers. */
  readonly rotates: boolean
  /** For the first round, while nothing is known of a server. */
  readonly timeoutMs: number
}

const LEAST_PATIENCE_MS = 250
const MOST_PATIENCE_MS = 5000
/** So many times as long as it took on average. */
const PATIENCE_FACTOR = 5
const RETRY_AFTER_MS = 5000
/** One question of so many looks after a server that has failed. */
const PROBE_CHANCE = 10

export class NameServerPool {
  readonly #servers: readonly NameServer[]
  readonly #settings: NameServerPoolSettings
  readonly #random: Random

  constructor(settings: NameServerPoolSettings, random: Random) {
    this.#settings = settings
    this.#random = random
    this.#servers = settings.servers.map(createNameServer)
  }

  get size(): number {
    return this.#servers.length
  }

  /** Whom to ask now. There is one. */
  next(): NameServer {
    const fewest = this.#servers.reduce((least, { failures }) => Math.min(least, failures), Number.POSITIVE_INFINITY)
    const best = this.#servers.filter(({ failures }) => failures === fewest)
    return best[this.#settings.rotates ? this.#random.u32() % best.length : 0]!
  }

  /** Its answers are waited for so long; `tried`: how often the question was asked before. Later rounds take twice as long, or less. */
  patienceMs(server: NameServer, tried: number, nowMs: number): number {
    const mean = server.latency.mean(nowMs)
    const usual = mean === undefined ? this.#settings.timeoutMs : mean * PATIENCE_FACTOR
    const first = Math.min(Math.max(usual, LEAST_PATIENCE_MS), MOST_PATIENCE_MS)
    const rounds = Math.floor(tried / this.#servers.length)
    if (rounds === 0) return first
    const jittered = first * 2 ** rounds * (1 - this.#random.float() / 2)
    return Math.max(first, Math.floor(jittered))
  }

  /** No answer, or none that is of any use. */
  failed(server: NameServer, nowMs: number): void {
    server.failures++
    server.retryAtMs = nowMs + RETRY_AFTER_MS
  }

  answered(server: NameServer): void {
    server.failures = 0
    server.retryAtMs = 0
  }

  /** Whom to ask the same as `asked`, only to see whether it is back. */
  toProbe(asked: NameServer, nowMs: number): NameServer | undefined {
    if (asked.failures > 0 || this.#servers.length < 2) return undefined
    const waiting = this.#servers.find(
      ({ failures, probed, retryAtMs }) => failures > 0 && !probed && nowMs >= retryAtMs,
    )
    return waiting === undefined || this.#random.u32() % PROBE_CHANCE !== 0 ? undefined : waiting
  }
}
