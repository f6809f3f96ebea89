/**
 * What the kernel knows of a TCP connection (`struct tcp_info` of linux/tcp.h). Read through a descriptor of our own, as the
 * connection's is gone by the time that anybody hears of its end; the socket lives until both are closed.
 */
import { closeDescriptor, duplicateDescriptor, getSocketStructure } from '../platform/socket-calls.ts'
import { IPPROTO_TCP, TCP_INFO } from '../platform/socket-constants.ts'

export interface TcpInfo {
  readonly rttUs: number
  readonly rttVarianceUs: number
  readonly segmentsOut: number
  readonly segmentsIn: number
  readonly dataSegmentsOut: number
  readonly dataSegmentsIn: number
  readonly retransmitted: number
  readonly bytesReceived: number
  readonly bytesSent: number
  /** Queued, and not sent once. */
  readonly unsentBytes: number
  /** Segments that were sent and not acknowledged. */
  readonly unacknowledged: number
}

/** `tcpi_bytes_sent` is the last field that is read; kernels have it since 4.19. */
const SIZE = 208

export class TcpInfoSource {
  readonly #fd: number

  private constructor(fd: number) {
    this.#fd = fd
  }

  /** Undefined: there is no such connection. `close` it. */
  static of(fd: number): TcpInfoSource | undefined {
    const own = fd < 0 ? -1 : duplicateDescriptor(fd)
    return own < 0 ? undefined : new TcpInfoSource(own)
  }

  /** Undefined: it is no TCP socket. */
  read(): TcpInfo | undefined {
    const view = getSocketStructure(this.#fd, IPPROTO_TCP, TCP_INFO, SIZE)
    if (view === undefined) return undefined
    return {
      unacknowledged: view.getUint32(24, true),
      rttUs: view.getUint32(68, true),
      rttVarianceUs: view.getUint32(72, true),
      retransmitted: view.getUint32(100, true),
      bytesReceived: Number(view.getBigUint64(128, true)),
      segmentsOut: view.getUint32(136, true),
      segmentsIn: view.getUint32(140, true),
      unsentBytes: view.getUint32(144, true),
      dataSegmentsIn: view.getUint32(152, true),
      dataSegmentsOut: view.getUint32(156, true),
      bytesSent: Number(view.getBigUint64(200, true)),
    }
  }

  close(): void {
    closeDescriptor(this.#fd)
  }
}
