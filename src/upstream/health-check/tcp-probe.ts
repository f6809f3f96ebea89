/** Asks by a TCP connection: that it is accepted, or that certain bytes come back. */
import type { ByteQueue } from '../../api/bytes.ts'
import type { ConnectionCallbacks, ConnectionEvent, FilterStatus, ReadFilter } from '../../api/network.ts'
import type { ProxyProtocolVersion } from '../../codec/proxy_protocol/write-header.ts'
import { proxyProtocolHeader, proxyProtocolLocalHeader } from '../../codec/proxy_protocol/write-header.ts'
import type { UpstreamConnection } from '../pool/upstream-connection.ts'
import { containsInOrder } from './payload.ts'
import type { Probe, ProbeResults } from './probe.ts'
import { NETWORK_FAILURE } from './probe.ts'
import type { TcpHealthCheck } from './tcp-health-check-config.ts'

export interface TcpProbeDeps {
  connect(): UpstreamConnection
  readonly reuseConnection: boolean
  readonly results: ProbeResults
}

export class TcpProbe implements Probe {
  readonly #check: TcpHealthCheck
  readonly #deps: TcpProbeDeps
  #client: Client | undefined = undefined

  constructor(check: TcpHealthCheck, deps: TcpProbeDeps) {
    this.#check = check
    this.#deps = deps
  }

  ask(): void {
    this.#client ??= new Client(this.#deps.connect(), this.#check, {
      onPassed: () => this.#onPassed(),
      onClosed: (expected) => this.#onClosed(expected),
    })
    this.#client.ask()
  }

  onTimeout(): void {
    this.#drop()
  }

  close(): void {
    this.#drop()
  }

  #onPassed(): void {
    if (this.#check.receive.length === 0 || !this.#deps.reuseConnection) this.#drop()
    this.#deps.results.succeeded(false)
  }

  #onClosed(expected: boolean): void {
    if (expected) return
    this.#client = undefined
    this.#deps.results.failed(NETWORK_FAILURE)
  }

  #drop(): void {
    this.#client?.drop()
    this.#client = undefined
  }
}

interface ClientOwner {
  onPassed(): void
  /** `expected`: it was dropped. */
  onClosed(expected: boolean): void
}

class Client implements ConnectionCallbacks, ReadFilter {
  readonly #connection: UpstreamConnection
  readonly #check: TcpHealthCheck
  readonly #owner: ClientOwner
  #dropped = false
  #connected = false

  constructor(connection: UpstreamConnection, check: TcpHealthCheck, owner: ClientOwner) {
    this.#connection = connection
    this.#check = check
    this.#owner = owner
    connection.addCallbacks(this)
    connection.addReadFilter(this)
  }

  /** Bytes for a connection that is not there yet go as soon as it is. */
  ask(): void {
    const { send, proxyProtocol } = this.#check
    if (!this.#connected) return
    if (proxyProtocol !== undefined) this.#connection.write(this.#header(proxyProtocol))
    if (send.length > 0) this.#connection.write(send)
  }

  /** Nobody is behind a check but this proxy itself. */
  #header(version: ProxyProtocolVersion): Uint8Array {
    if (version === 'V2') return Buffer.from(proxyProtocolLocalHeader(), 'latin1')
    const { localAddress, remoteAddress } = this.#connection.info
    return Buffer.from(proxyProtocolHeader('V1', localAddress, remoteAddress), 'latin1')
  }

  drop(): void {
    this.#dropped = true
    this.#connection.close('abort-reset')
  }

  onEvent(event: ConnectionEvent): void {
    if (event !== 'connected') return this.#owner.onClosed(this.#dropped)
    if (this.#dropped) return
    this.#connected = true
    this.#connection.initializeReadFilters()
    if (this.#check.receive.length === 0) this.#owner.onPassed()
    else this.ask()
  }

  onNewConnection(): FilterStatus {
    return 'continue'
  }

  /** What came so far stays in `data` until it is what was wanted. */
  onData(data: ByteQueue): FilterStatus {
    if (this.#dropped) return 'stop'
    const bytes = data.linearize()
    if (containsInOrder(this.#check.receive, Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length))) {
      data.drain(data.length)
      this.#owner.onPassed()
    }
    return 'stop'
  }

  onAboveHighWatermark(): void {}

  onBelowLowWatermark(): void {}
}
