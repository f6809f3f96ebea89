/** Calls a method of a Thrift server and looks at whether it went well. */
import type { ByteQueue } from '../../../api/bytes.ts'
import type { ConnectionCallbacks, ConnectionEvent, FilterStatus, ReadFilter } from '../../../api/network.ts'
import { encodeCall } from '../../../codec/thrift/encode-call.ts'
import { ThriftReplyDecoder } from '../../../codec/thrift/reply-decoder.ts'
import type { ThriftSettings } from '../../../codec/thrift/thrift-settings.ts'
import type { CheckedHost } from '../../../upstream/health-check/custom-health-check.ts'
import type { Probe } from '../../../upstream/health-check/probe.ts'
import { NETWORK_FAILURE } from '../../../upstream/health-check/probe.ts'
import type { UpstreamConnection } from '../../../upstream/pool/upstream-connection.ts'
import type { ThriftCheckConfig } from './config.ts'

const ACTIVE_FAILURE = { type: 'ACTIVE', retriable: false, status: 0 } as const

export class ThriftProbe implements Probe {
  readonly #config: ThriftCheckConfig
  readonly #call: Uint8Array
  readonly #host: CheckedHost
  readonly #reuseConnection: boolean
  #client: Client | undefined = undefined

  constructor(config: ThriftCheckConfig, host: CheckedHost, reuseConnection: boolean) {
    this.#config = config
    this.#call = encodeCall(config, config.method)
    this.#host = host
    this.#reuseConnection = reuseConnection
  }

  ask(): void {
    this.#client ??= new Client(this.#host.connect(), this.#config, {
      onReply: (success) => this.#onReply(success),
      onClosed: () => this.#onClosed(),
    })
    this.#client.send(this.#call)
  }

  onTimeout(): void {
    this.#drop()
  }

  close(): void {
    this.#drop()
  }

  #onReply(success: boolean): void {
    const { results } = this.#host
    if (!this.#reuseConnection) this.#drop()
    if (success) results.succeeded(false)
    else results.failed(ACTIVE_FAILURE)
  }

  /** That fails the host between two questions as well. */
  #onClosed(): void {
    this.#client = undefined
    this.#host.results.failed(NETWORK_FAILURE)
  }

  #drop(): void {
    const client = this.#client
    this.#client = undefined
    client?.drop()
  }
}

interface ClientOwner {
  onReply(success: boolean): void
  /** Not after `drop`. */
  onClosed(): void
}

class Client implements ConnectionCallbacks, ReadFilter {
  readonly #connection: UpstreamConnection
  readonly #decoder: ThriftReplyDecoder
  readonly #owner: ClientOwner
  #unsent: Uint8Array | undefined = undefined
  #connected = false
  #dropped = false
  /** From the first whole reply on each piece that comes counts as one, as in Envoy. */
  #hasReply = false

  constructor(connection: UpstreamConnection, settings: ThriftSettings, owner: ClientOwner) {
    this.#connection = connection
    this.#decoder = new ThriftReplyDecoder(settings)
    this.#owner = owner
    connection.addCallbacks(this)
    connection.addReadFilter(this)
  }

  send(call: Uint8Array): void {
    if (this.#connected) this.#connection.write(call)
    else this.#unsent = call
  }

  drop(): void {
    this.#dropped = true
    this.#connection.close('no-flush')
  }

  onEvent(event: ConnectionEvent): void {
    if (this.#dropped) return
    if (event !== 'connected') {
      this.#dropped = true
      return this.#owner.onClosed()
    }
    this.#connected = true
    this.#connection.initializeReadFilters()
    if (this.#unsent !== undefined) this.#connection.write(this.#unsent)
  }

  onNewConnection(): FilterStatus {
    return 'continue'
  }

  onData(data: ByteQueue): FilterStatus {
    if (this.#dropped) return 'stop'
    const outcome = this.#decoder.decode(data)
    if (typeof outcome === 'object') {
      // Where Envoy ends: this is no Thrift server.
      this.drop()
      this.#owner.onClosed()
      return 'stop'
    }
    this.#hasReply ||= outcome === 'complete'
    if (this.#hasReply) this.#owner.onReply(this.#decoder.success)
    return 'stop'
  }

  onAboveHighWatermark(): void {}

  onBelowLowWatermark(): void {}
}
