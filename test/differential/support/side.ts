/* One of the two programs with backends of its own, and what was observed of it. */
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { FaultyBackend } from '../../support/faulty-backend.ts'
import { faultyBackend } from '../../support/faulty-backend.ts'
import type { RawClient } from '../../support/raw-client.ts'
import { rawClient } from '../../support/raw-client.ts'
import type { WholeProxy } from '../../support/whole-proxy.ts'
import { startWholeProxy } from '../../support/whole-proxy.ts'
import type { HttpReply } from './http-replies.ts'
import { completeReplies } from './http-replies.ts'
import type { Places } from './mask.ts'
import { masked, maskedValue } from './mask.ts'
import type { ScriptedBackend, SeenRequest } from './scripted-backend.ts'
import { scriptedBackend } from './scripted-backend.ts'

export interface SideSetup {
  /** Names of backends to start. */
  readonly backends: readonly string[]
  /** Names of those that fail as they are told. */
  readonly faulty?: readonly string[]
  readonly bootstrap: (port: (backend: string) => number) => Readonly<Record<string, unknown>>
  readonly flags: readonly string[]
  readonly command: readonly string[]
  readonly prepare?: (folder: string) => void
}

export class Side {
  readonly proxy: WholeProxy
  readonly places: Places
  readonly notes: Record<string, unknown> = {}
  readonly #backends: ReadonlyMap<string, ScriptedBackend | FaultyBackend>

  private constructor(proxy: WholeProxy, backends: ReadonlyMap<string, ScriptedBackend | FaultyBackend>) {
    this.proxy = proxy
    this.#backends = backends
    const named = [...backends].map(([name, { port }]) => [port, name] as const)
    this.places = { ports: new Map([...named, ...proxy.ports]), folder: proxy.folder }
  }

  static async start({ backends, faulty = [], bootstrap, flags, command, prepare }: SideSetup): Promise<Side> {
    const started = new Map<string, ScriptedBackend | FaultyBackend>()
    for (const name of backends) started.set(name, await scriptedBackend(name))
    for (const name of faulty) started.set(name, await faultyBackend())
    const port = (name: string): number => {
      const backend = started.get(name)
      if (backend === undefined) throw new Error(`no backend ${name}`)
      return backend.port
    }
    const { static_resources: resources = {}, ...rest } = bootstrap(port)
    try {
      const options = { command, flags, bootstrap: rest, ...(prepare === undefined ? {} : { prepare }) }
      const proxy = await startWholeProxy(resources as object, options)
      return new Side(proxy, started)
    } catch (error) {
      for (const backend of started.values()) await backend[Symbol.asyncDispose]()
      throw error
    }
  }

  async stop(): Promise<void> {
    await this.proxy[Symbol.asyncDispose]()
    for (const backend of this.#backends.values()) await backend[Symbol.asyncDispose]()
  }

  note(name: string, value: unknown): void {
    if (name in this.notes) throw new Error(`noted twice: ${name}`)
    this.notes[name] = maskedValue(value, this.places)
  }

  connect(listener: string): Promise<RawClient> {
    return rawClient(this.proxy.port(listener))
  }

  /** Sends bytes on a connection of their own and notes all replies to them; `ends`: and waits for the end of it. */
  async send(name: string, listener: string, bytes: string, ends = false): Promise<readonly HttpReply[]> {
    const replies = await this.exchange(listener, bytes, ends)
    this.note(name, ends ? [...replies, 'closed'] : replies)
    return replies
  }

  /** The same, without a note of it. */
  async exchange(listener: string, bytes: string, ends = false): Promise<readonly HttpReply[]> {
    using client = await this.connect(listener)
    client.write(bytes)
    const methods = [...bytes.matchAll(/([A-Z]+) \S+ HTTP\/1\.\d\r$/gm)].map(([, method = '']) => method)
    return await readReplies(client, methods, ends)
  }

  /** A request head from its parts; `host: a.test` unless there is one. */
  async request(name: string, listener: string, request: string, ...headers: readonly string[]): Promise<void> {
    const host = headers.some((line) => /^host:/i.test(line)) ? [] : ['host: a.test']
    await this.send(name, listener, `${[`${request} HTTP/1.1`, ...host, ...headers].join('\r\n')}\r\n\r\n`)
  }

  /** Notes every request that the backend has seen, in order. */
  noteSeen(backend: string): void {
    this.note(`seen by ${backend}`, this.seenBy(backend))
  }

  seenBy(backend: string): readonly SeenRequest[] {
    const found = this.#backends.get(backend)
    return found !== undefined && 'seen' in found ? found.seen : []
  }

  /** What each connection to a faulty backend carried, in order of acceptance. */
  receivedBy(backend: string): readonly string[] {
    const found = this.#backends.get(backend)
    return found !== undefined && 'requests' in found ? found.requests : []
  }

  /** Lines of a log in the scratch folder, once there are so many; what it has after two seconds otherwise. */
  async noteLog(file: string, lines: number, withLine: (line: string) => string = (line) => line): Promise<void> {
    await this.logLines(file, lines)
    await Bun.sleep(50) // one flush later: are there more than were expected?
    this.note(file, this.#linesOf(file).map(withLine))
  }

  /** The same, without a note of it. */
  async logLines(file: string, lines: number): Promise<readonly string[]> {
    const limit = performance.now() + 2000
    while (this.#linesOf(file).length < lines && performance.now() < limit) await Bun.sleep(20)
    return this.#linesOf(file)
  }

  #linesOf(file: string): string[] {
    const path = join(this.proxy.folder, file)
    return existsSync(path) ? readFileSync(path, 'utf8').split('\n').slice(0, -1) : []
  }

  /** Lines that a log in the scratch folder has by now, or those that are `wanted`. */
  noteFile(file: string, wanted: (line: string) => boolean = () => true): void {
    this.note(file, this.#linesOf(file).filter(wanted))
  }

  async noteAdmin(path: string, withText: (text: string) => unknown = (text) => text): Promise<void> {
    this.note(path, withText(masked(await this.proxy.admin(path), this.places)))
  }

  /** Values of counters, gauges and texts by name; histograms have the value 'histogram'. Names are masked. */
  async stats(): Promise<Record<string, string>> {
    const stats: Record<string, string> = {}
    for (const line of (await this.proxy.admin('/stats')).split('\n')) {
      const [name, value] = line.split(/: (.*)/s)
      if (name === undefined || value === undefined) continue
      const isHistogram = value === 'No recorded values' || value.startsWith('P0(')
      stats[masked(name, this.places)] = isHistogram ? 'histogram' : value
    }
    return stats
  }
}

async function readReplies(client: RawClient, methods: readonly string[], ends: boolean): Promise<HttpReply[]> {
  let closed = false
  const end = client.closed(8000).then(
    () => (closed = true),
    () => undefined,
  )
  const limit = performance.now() + 8000
  for (;;) {
    const replies = completeReplies(client.received(), methods, closed)
    const finals = replies.filter(
      ({ status }) => !/^\S+ 10[0-35-9]|^\S+ 1[1-9]/.test(status) || /^\S+ 101/.test(status),
    )
    if (closed || (finals.length >= Math.max(1, methods.length) && !ends) || performance.now() > limit) return replies
    await Promise.race([end, Bun.sleep(5)])
  }
}
