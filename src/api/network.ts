import type { ComposedBytes, ByteQueue } from './bytes.ts'
import type { Protocol } from './codec.ts'
import type { Dispatcher } from './event.ts'
import type { FilterChainDescription, StreamInfo } from './stream-info.ts'

/** An address as Envoy prints it. */
export type Address = IpAddress | PipeAddress

export interface IpAddress {
  readonly kind: 'ip'
  readonly family: 4 | 6
  /** Canonical text without brackets. */
  readonly ip: string
  readonly port: number
  /** `1.2.3.4:80`, `[::1]:80`. */
  readonly text: string
  /** A socket with this IPv6 address speaks to IPv4 ones as well (SocketAddress.ipv4_compat). */
  readonly ipv4Compat?: boolean
}

export interface PipeAddress {
  readonly kind: 'pipe'
  /** Starts with `@` for an abstract name. */
  readonly path: string
  readonly mode: number
  readonly text: string
}

/**
 * How a connection is to be closed.
 * flush-write: send what is queued, then close both ways.
 * no-flush: close now, drop what is queued.
 * flush-write-and-delay: send what is queued, wait for the peer's FIN at most the delayed close timeout, then close. What
 * the peer still sends is dropped, so that the kernel does not answer it with a reset that overtakes our last bytes.
 * abort-reset: RST.
 */
export type CloseType = 'flush-write' | 'no-flush' | 'flush-write-and-delay' | 'abort-reset'

/** `remote-close`: the peer (or an error) ended it; `local-close`: we did. Exactly one of the two comes, last. */
export type ConnectionEvent = 'connected' | 'remote-close' | 'local-close'

export interface ConnectionCallbacks {
  onEvent(event: ConnectionEvent): void
  /** The write buffer went over its limit / back under half of it. */
  onAboveHighWatermark(): void
  onBelowLowWatermark(): void
}

export interface Connection {
  /** Unique in the process. */
  readonly id: number
  readonly dispatcher: Dispatcher
  readonly state: 'connecting' | 'open' | 'closing' | 'closed'
  readonly info: ConnectionInfo
  /** Made when it is first asked for: connections that only wait have none. */
  readonly streamInfo: StreamInfo
  readonly filterChain: FilterChainDescription | undefined
  /** What is spoken on it, once that is known; shown by `streamInfo`. */
  protocol: Protocol | undefined
  /** For `streamInfo`: a connection has what its streams had. Bytes on the wire. */
  countStreamBytes(received: number, sent: number): void
  /** Set with TLS only. */
  readonly ssl: SslConnectionInfo | undefined
  /**
   * Queues bytes (strings are latin1) for the peer. Everything written during one socket or timer callback
   * leaves as one send at its end. Harmless after close.
   */
  write(chunk: Uint8Array | string): void
  /** As `write`, for bytes that are copied. */
  writeComposed(composed: ComposedBytes): void
  /** FIN after what is queued; reading goes on. */
  endWrite(): void
  close(type: CloseType, reason?: string): void
  /** Stop (true) or go on (false) reading; counted. A chunk already in flight may still arrive (it is then queued). */
  readDisable(disable: boolean): void
  addCallbacks(callbacks: ConnectionCallbacks): void
  removeCallbacks(callbacks: ConnectionCallbacks): void
  /** Soft limit of the write buffer in bytes; 0 = none. */
  setBufferLimit(bytes: number): void
  readonly bufferLimit: number
  /** Milliseconds to wait after flush-write-and-delay; 0 closes right after the flush. */
  setDelayedCloseTimeout(ms: number): void
  /** Deliver the peer's FIN as end of data and stay open for writing (true), or close on it (false, the default). */
  setHalfClose(enabled: boolean): void
  /** Bytes queued and not yet taken by the kernel. */
  readonly bufferedBytes: number
  /** Reason given with `close`, or the errno name of the failure; for logs. */
  readonly closeReason: string
}

/** Connections to upstreams come from this address (whatever its port), as those of the client itself would. */
export interface UpstreamSource {
  readonly address: IpAddress
  /** SO_MARK of their sockets; 0: none. */
  readonly mark: number
}

/** What is known of the socket; filters (PROXY protocol, original dst) may replace the addresses before the chain is chosen. */
export interface ConnectionInfo {
  localAddress: Address
  remoteAddress: Address
  /** The socket's own peer, never replaced. */
  readonly directRemoteAddress: Address
  /** The socket's own address; absent unless a listener filter has said what `localAddress` really is. */
  readonly directLocalAddress?: Address
  /** SNI, lower case; wire text, as the client may write what it likes. */
  requestedServerName: string
  /** 'raw_buffer' or 'tls', as a listener filter detected it. */
  detectedTransportProtocol: string
  requestedApplicationProtocols: readonly string[]
  /** Negotiated ALPN; '' when none. */
  nextProtocol: string
  /** Fingerprints of the client's TLS, where they are asked for. */
  ja3Hash?: string
  ja4Hash?: string
  /** Of all that is sent on for this connection, unless a stream has its own (StreamInfo). Absent: the cluster's. */
  upstreamSource?: UpstreamSource
  /** Where the client really meant to connect to. A listener with `use_original_dst` hands the connection over by it. */
  restoreLocalAddress?(address: Address): void
}

/** Kinds of subject alternative names. */
export type SanType = 'EMAIL' | 'DNS' | 'URI' | 'IP_ADDRESS' | 'OTHER_NAME'

/** The TLS session and the certificates of both sides. Texts are '' (lists empty) for what there is not. */
export interface SslConnectionInfo {
  readonly peerCertificatePresented: boolean
  /** It was checked against a trusted CA (or a pinned digest), and passed. */
  readonly peerCertificateValidated: boolean
  /** Distinguished names as in RFC 2253: `CN=client,O=…`. */
  readonly subjectPeerCertificate: string
  readonly issuerPeerCertificate?: string
  readonly subjectLocalCertificate: string
  readonly uriSanPeerCertificate: readonly string[]
  readonly uriSanLocalCertificate: readonly string[]
  readonly dnsSansPeerCertificate: readonly string[]
  /** Of one kind, as text; `oid` says which OTHER_NAME. */
  sansPeerCertificate(type: SanType, oid: string): readonly string[]
  /** Hexadecimal, lower case. */
  readonly sha256PeerCertificateDigest: string
  /** PEM, with percent encoding. */
  readonly urlEncodedPemEncodedPeerCertificate: string
  readonly urlEncodedPemEncodedPeerCertificateChain?: string
  /** `TLSv1.3`. */
  readonly tlsVersion: string
  readonly ciphersuite: string
  readonly sni: string
  readonly alpn: string
}

/** continue: on to the next filter. stop: not yet, or not at all; see who says it. */
export type FilterStatus = 'continue' | 'stop'

/** Read filters run in the order of configuration. stop: later ones wait until `continueReading`. */
export interface ReadFilter {
  /**
   * It looks at no byte again that it has let pass or written somewhere. Absent: it may, and memory that bytes came in is not
   * used again by the sockets.
   */
  readonly keepsNoData?: boolean
  /** Once, before any data. */
  onNewConnection(): FilterStatus
  /** `data` may be drained or left; what is left is offered again with what comes next. */
  onData(data: ByteQueue, end: boolean): FilterStatus
  /**
   * The process is about to end: close the connection now when nothing is in flight on it, otherwise as soon as what is
   * in flight is done. A connection whose filters have no word on it is closed at once.
   */
  onShutdown?(): void
  /** Once: the connection has to end within `drainTimeMs`, and is closed then. */
  onDrain?(drainTimeMs: number): void
}

/** Write filters run in the reverse order of configuration. */
export interface WriteFilter {
  /** `data` is on its way to the peer, and may be changed; stop: nothing of it goes on but what the filter has taken. */
  onWrite(data: ByteQueue, end: boolean): FilterStatus
}

export interface ReadFilterCallbacks {
  readonly connection: Connection
  /** Goes on with the filter after the one that said 'stop', and what is left of the data. */
  continueReading(): void
}

/** Makes the filters of one connection; one per entry of `filters` in a filter chain. */
export type NetworkFilterFactory = (callbacks: NetworkFilterChainBuilder) => void

export interface NetworkFilterChainBuilder {
  readonly connection: Connection
  readonly callbacks: ReadFilterCallbacks
  addReadFilter(filter: ReadFilter): void
  addWriteFilter(filter: WriteFilter): void
}
