/* Epochs of a hot restart as processes of their own, on one base id, and clients that count what they are refused. */
import { closeSync, existsSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { freePorts } from './proxy-process.ts'

export const NUNCIO = join(import.meta.dir, '../../bin/nuncio')
/** Nothing takes as long even on a busy machine: what does is stuck. */
const READY_WITHIN_MS = 30_000

export interface Epoch {
  readonly pid: number
  log(): string
  exitCode(): number | null
  /** Waits for the end. */
  readonly exited: Promise<number>
  kill(signal: NodeJS.Signals): void
}

export interface StartOptions {
  /** Default: bin/nuncio. */
  readonly command?: string
  readonly epoch: number
  readonly bootstrap: object
  readonly flags?: readonly string[]
  /** Workers; default 2. */
  readonly concurrency?: number
  /** Return at once. */
  readonly notReady?: boolean
}

export interface ChainTimes {
  readonly drainS: number
  readonly parentShutdownS: number
}

let chains = 0

/** One base id with its ports and its scratch folder; ends and removes everything when disposed. */
export class RestartChain implements AsyncDisposable {
  readonly folder = mkdtempSync(join(tmpdir(), 'nuncio-restart-'))
  /** Nobody else's: of the process's number, and below 2^28. */
  readonly baseId = 1_000_000 + (process.pid % 100_000) * 100 + chains++
  readonly port: number
  readonly adminPort: number
  readonly #children: Bun.Subprocess[] = []
  readonly #times: ChainTimes

  constructor(times: ChainTimes = { drainS: 2, parentShutdownS: 3 }) {
    this.#times = times
    const [port = 0, adminPort = 0] = freePorts(2)
    this.port = port
    this.adminPort = adminPort
  }

  get regionPath(): string {
    return `/dev/shm/envoy_shared_memory_${this.baseId * 10}`
  }

  /** A bootstrap with an admin server whose listener answers `body`. */
  bootstrap(listener: object, extra: object = {}): object {
    return {
      admin: { address: { socket_address: { address: '127.0.0.1', port_value: this.adminPort } } },
      stats_flush_interval: '0.5s',
      static_resources: { listeners: [listener], ...extra },
    }
  }

  flags(epoch: number, concurrency = 2): string[] {
    const { drainS, parentShutdownS } = this.#times
    const times = ['--drain-time-s', String(drainS), '--parent-shutdown-time-s', String(parentShutdownS)]
    return [
      '--base-id',
      String(this.baseId),
      '--restart-epoch',
      String(epoch),
      '--concurrency',
      String(concurrency),
      ...times,
    ]
  }

  async start(options: StartOptions): Promise<Epoch> {
    const { command = NUNCIO, epoch, bootstrap, flags = [], concurrency, notReady = false } = options
    const configPath = join(this.folder, `epoch-${epoch}-${this.#children.length}.json`)
    writeFileSync(configPath, JSON.stringify(bootstrap))
    const started = this.spawn([command, '-c', configPath, ...this.flags(epoch, concurrency), ...flags])
    if (!notReady) await this.untilEpoch(epoch, started)
    return started
  }

  /** Any command that belongs here. */
  spawn(command: readonly string[]): Epoch {
    const logPath = join(this.folder, `log-${this.#children.length}`)
    const fd = openSync(logPath, 'a')
    const child = Bun.spawn([...command], { stdin: 'ignore', stdout: fd, stderr: fd })
    closeSync(fd)
    this.#children.push(child)
    return {
      pid: child.pid,
      log: () => readFileSync(logPath, 'utf8'),
      exitCode: () => child.exitCode,
      exited: child.exited,
      kill: (signal) => child.kill(signal),
    }
  }

  /** The admin server is this epoch's and says it is live. */
  async untilEpoch(epoch: number, process?: Epoch): Promise<void> {
    const limit = performance.now() + READY_WITHIN_MS
    for (;;) {
      const info = await this.admin('/server_info').catch(() => '')
      const parsed = info === '' ? undefined : (JSON.parse(info) as ServerInfo)
      if (parsed?.state === 'LIVE' && (parsed.command_line_options?.restart_epoch ?? 0) === epoch) return
      const ended = process !== undefined && process.exitCode() !== null
      if (ended || performance.now() > limit) throw new Error(`epoch ${epoch} is not there:\n${process?.log()}`)
      await Bun.sleep(20)
    }
  }

  async admin(path: string): Promise<string> {
    const response = await this.#fetch(this.adminPort, path)
    return response.text()
  }

  async stat(name: string): Promise<number | undefined> {
    const text = await this.admin(`/stats?filter=^${encodeURIComponent(name.replaceAll('.', '\\.'))}$`)
    const value = text.split(': ')[1]
    return value === undefined ? undefined : Number(value)
  }

  async untilStat(name: string, matches: (value: number | undefined) => boolean): Promise<void> {
    const limit = performance.now() + READY_WITHIN_MS
    for (;;) {
      const value = await this.stat(name)
      if (matches(value)) return
      if (performance.now() > limit) throw new Error(`${name} stayed at ${value}`)
      await Bun.sleep(50)
    }
  }

  /** A new connection's answer. */
  async get(): Promise<string> {
    const response = await this.#fetch(this.port, '/')
    return response.text()
  }

  async #fetch(port: number, path: string): Promise<Response> {
    const signal = AbortSignal.timeout(READY_WITHIN_MS)
    return fetch(`http://127.0.0.1:${port}${path}`, { headers: { connection: 'close' }, signal })
  }

  /** New connections get this answer. */
  async untilAnswer(body: string): Promise<void> {
    const limit = performance.now() + READY_WITHIN_MS
    for (;;) {
      const answer = await this.get().catch((error: unknown) => String(error))
      if (answer === body) return
      if (performance.now() > limit) throw new Error(`the answer stayed ${answer}`)
      await Bun.sleep(20)
    }
  }

  /** Sockets and shared memory of this base id that are still there. */
  leftOver(): readonly string[] {
    const sockets = readFileSync('/proc/net/unix', 'utf8')
      .split('\n')
      .filter((line) => line.includes(`_${this.baseId}`))
    return [...sockets, ...(existsSync(this.regionPath) ? [this.regionPath] : [])]
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const child of this.#children) child.kill('SIGKILL')
    await Promise.all(this.#children.map((child) => child.exited))
    rmSync(this.folder, { recursive: true, force: true })
    rmSync(this.regionPath, { force: true })
  }
}

interface ServerInfo {
  readonly state: string
  readonly command_line_options?: { readonly restart_epoch?: number }
}
