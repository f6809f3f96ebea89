/** The connections that users of a cluster have for themselves, by host, on one thread, and who waits for one. */
import type { Host } from '../../api/upstream.ts'
import { Roster } from '../../base/roster.ts'
import type { UpstreamConnection } from './upstream-connection.ts'

/** Waits until its host may have another connection. */
export interface WaitingAttempt {
  /** True: it has begun. Not yet: asked again when a connection of this thread stands or has ended. */
  tryToStart(): boolean
}

interface HostConnections {
  readonly open: Roster<UpstreamConnection>
  /** Open ones and those that are on their way. */
  count: number
  readonly waiting: WaitingAttempt[]
}

export class TcpConnections {
  readonly #byHost = new Map<Host, HostConnections>()

  /** Open or on their way. */
  countOf(host: Host): number {
    return this.#byHost.get(host)?.count ?? 0
  }

  /** One is on its way; `end` or `remove` follows. */
  begin(host: Host): void {
    this.#of(host).count++
  }

  add(host: Host, connection: UpstreamConnection): void {
    this.#of(host).open.add(connection)
  }

  remove(host: Host, connection: UpstreamConnection): void {
    this.#byHost.get(host)?.open.delete(connection)
    this.end(host)
  }

  /** It came to nothing, or is over. */
  end(host: Host): void {
    const all = this.#of(host)
    all.count--
    this.startWaiting(host)
    if (all.count === 0 && all.waiting.length === 0) this.#byHost.delete(host)
  }

  /** Those who wait try again, until one must go on waiting. */
  startWaiting(host: Host): void {
    const waiting = this.#byHost.get(host)?.waiting
    while (waiting?.[0]?.tryToStart() === true) waiting.shift()
  }

  wait(host: Host, attempt: WaitingAttempt): void {
    this.#of(host).waiting.push(attempt)
  }

  stopWaiting(host: Host, attempt: WaitingAttempt): void {
    const waiting = this.#byHost.get(host)?.waiting
    const at = waiting?.indexOf(attempt) ?? -1
    if (at >= 0) waiting?.splice(at, 1)
  }

  closeAll(host: Host): void {
    // Each takes itself out.
    for (const connection of this.#byHost.get(host)?.open ?? []) connection.close('no-flush')
  }

  #of(host: Host): HostConnections {
    let all = this.#byHost.get(host)
    if (all === undefined)
      this.#byHost.set(host, (all = { open: new Roster<UpstreamConnection>(), count: 0, waiting: [] }))
    return all
  }
}
