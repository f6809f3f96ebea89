/** Tells TLS by its ClientHello, and what the client asks for in it, without touching a byte. */
import type { ListenerFilter, ListenerFilterBuffer, ListenerFilterCallbacks } from '../../../../api/listener-filter.ts'
import type { FilterStatus } from '../../../../api/network.ts'
import type { Counter, Histogram } from '../../../../api/stats.ts'
import type { ClientHello } from '../../../../codec/client_hello/client-hello.ts'
import { readFirstMessage } from '../../../../codec/client_hello/read-first-message.ts'
import {
  applicationProtocolsOf,
  isEncryptedHelloInOrder,
  serverNameOf,
} from '../../../../codec/client_hello/hello-extensions.ts'
import { ja3Hash } from '../../../../codec/client_hello/ja3.ts'
import { ja4Fingerprint } from '../../../../codec/client_hello/ja4.ts'
import type { TlsFailure } from '../../../../codec/client_hello/tls-failure.ts'
import { tlsFailureText } from '../../../../codec/client_hello/tls-failure.ts'
import type { TlsInspectorConfig } from './config.ts'

export interface TlsInspectorStats {
  readonly tlsFound: Counter
  readonly tlsNotFound: Counter
  readonly sniFound: Counter
  readonly sniNotFound: Counter
  readonly alpnFound: Counter
  readonly alpnNotFound: Counter
  readonly clientHelloTooLarge: Counter
  /** Until it is told what they are. */
  readonly bytesProcessed: Histogram
}

export interface TlsInspectorShared {
  readonly config: TlsInspectorConfig
  readonly stats: TlsInspectorStats
}

const METADATA = 'envoy.filters.listener.tls_inspector'
const TLS_1_0 = 0x0301
const TLS_1_3 = 0x0304

type FailureReason = 'ClientHelloTooLarge' | 'ClientHelloNotDetected' | 'ClientHelloInvalidTlsVersion'

export class TlsInspectorFilter implements ListenerFilter {
  maxReadBytes: number
  readonly #shared: TlsInspectorShared
  #callbacks: ListenerFilterCallbacks | undefined = undefined

  constructor(shared: TlsInspectorShared) {
    this.#shared = shared
    this.maxReadBytes = shared.config.firstBytes
  }

  onAccept(callbacks: ListenerFilterCallbacks): FilterStatus {
    this.#callbacks = callbacks
    return 'stop'
  }

  onData({ bytes }: ListenerFilterBuffer): FilterStatus {
    const callbacks = this.#callbacks
    if (callbacks === undefined) return 'continue'
    const message = readFirstMessage(bytes)
    if (message.kind === 'more') return this.#waitForMore(bytes.length, callbacks)
    this.#shared.stats.bytesProcessed.record(message.consumed)
    switch (message.kind) {
      case 'hello':
        return this.#take(message.hello, bytes.length, callbacks)
      case 'failed':
        return this.#refuse(message.failure, bytes.length, callbacks)
      case 'closed':
        callbacks.close()
        return 'stop'
    }
  }

  #waitForMore(seen: number, callbacks: ListenerFilterCallbacks): FilterStatus {
    const { config, stats } = this.#shared
    if (seen >= config.maxBytes) {
      stats.bytesProcessed.record(seen)
      stats.clientHelloTooLarge.inc()
      note(callbacks, 'ClientHelloTooLarge')
      callbacks.close()
    } else if (seen >= this.maxReadBytes) {
      this.maxReadBytes = Math.min(2 * seen, config.maxBytes)
    }
    return 'stop'
  }

  #take(hello: ClientHello, seen: number, callbacks: ListenerFilterCallbacks): FilterStatus {
    const { config, stats } = this.#shared
    const { info } = callbacks
    const serverName = serverNameOf(hello)
    if (serverName === undefined) return this.#refuse('ERROR_PARSING_EXTENSION', seen, callbacks)
    if (!isEncryptedHelloInOrder(hello)) return this.#refuse('DECODE_ERROR', seen, callbacks)
    if (config.ja3) info.ja3Hash = ja3Hash(hello)
    if (config.ja4) info.ja4Hash = ja4Fingerprint(hello)
    const protocols = applicationProtocolsOf(hello)
    if (protocols !== undefined) info.requestedApplicationProtocols = protocols
    if (serverName === '') {
      stats.sniNotFound.inc()
    } else {
      stats.sniFound.inc()
      info.requestedServerName = lowerCase(serverName)
    }
    if (hello.version < TLS_1_0 || hello.version > TLS_1_3) return this.#refuseVersion(callbacks)
    if (protocols === undefined) stats.alpnNotFound.inc()
    else stats.alpnFound.inc()
    stats.tlsFound.inc()
    info.detectedTransportProtocol = 'tls'
    return 'continue'
  }

  /** Something else than TLS, or broken TLS: as a rule it goes on as what it is. */
  #refuse(failure: TlsFailure, seen: number, callbacks: ListenerFilterCallbacks): FilterStatus {
    const { config, stats } = this.#shared
    const tooLarge = config.closesOnErrors && seen >= config.maxBytes
    if (tooLarge) stats.clientHelloTooLarge.inc()
    else stats.tlsNotFound.inc()
    note(callbacks, tooLarge ? 'ClientHelloTooLarge' : 'ClientHelloNotDetected', failure)
    if (!config.closesOnErrors) return 'continue'
    callbacks.close()
    return 'stop'
  }

  /** A client that no TLS of today can serve. */
  #refuseVersion(callbacks: ListenerFilterCallbacks): FilterStatus {
    this.#shared.stats.tlsNotFound.inc()
    note(callbacks, 'ClientHelloInvalidTlsVersion', 'CONNECTION_REJECTED')
    callbacks.close()
    return 'stop'
  }
}

function note({ streamInfo }: ListenerFilterCallbacks, reason: FailureReason, failure?: TlsFailure): void {
  streamInfo.setDynamicMetadata(METADATA, { failure_reason: reason })
  if (failure === undefined) return
  streamInfo.downstreamTransportFailureReason = `TLS_error|${tlsFailureText(failure)}:TLS_error_end`
}

/** Of ASCII alone. */
function lowerCase(name: string): string {
  return name.replace(/[A-Z]+/g, (letters) => letters.toLowerCase())
}
