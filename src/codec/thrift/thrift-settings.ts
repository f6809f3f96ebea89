/** How Thrift messages are written (Apache Thrift: doc/specs), by the names of Envoy's configuration. */
export type ThriftTransport = 'FRAMED' | 'UNFRAMED' | 'HEADER'
export type ThriftProtocol = 'BINARY' | 'LAX_BINARY' | 'COMPACT'

export interface ThriftSettings {
  readonly transport: ThriftTransport
  readonly protocol: ThriftProtocol
}

export const MESSAGE = { call: 1, reply: 2, exception: 3, oneway: 4 } as const

/** Two bytes at the start of strict binary messages, one at that of compact ones. */
export const BINARY_VERSION = 0x8001
export const COMPACT_ID = 0x82
export const COMPACT_VERSION = 1

export const HEADER_MAGIC = 0x0fff
/** Of what a header says about its message: only these two can be said. */
export const HEADER_PROTOCOL: Readonly<Partial<Record<ThriftProtocol, number>>> = { BINARY: 0, COMPACT: 2 }

/** Envoy's limit of a frame, in bytes. */
export const MOST_FRAME_BYTES = 0xfa0000
