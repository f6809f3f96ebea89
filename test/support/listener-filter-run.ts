/* Plays a connection to one listener filter: bytes in any pieces, and what comes of it. */
import { expect } from 'bun:test'
import type { ListenerFilterCallbacks, ListenerFilterFactory } from '../../src/api/listener-filter.ts'
import type { IpAddress } from '../../src/api/network.ts'
import type { StreamInfo } from '../../src/api/stream-info.ts'
import { SimulatedDispatcher } from '../../src/event/simulated-dispatcher.ts'
import { parseIpAddress } from '../../src/network/address.ts'
import { SocketInfo } from '../../src/network/connection-info.ts'
import { StreamRecord } from '../../src/network/stream-info.ts'

export interface ListenerFilterRun {
  readonly outcome: 'waits' | 'passed' | 'closed'
  /** Bytes that others find, latin1. */
  readonly rest: string
  readonly info: SocketInfo
  readonly streamInfo: StreamInfo
  /** The most bytes that the filter has asked for. */
  readonly asked: number
}

const LOCAL = parseIpAddress('10.0.0.1', 80)
const REMOTE = parseIpAddress('10.0.0.9', 9999)

export function runListenerFilter(
  factory: ListenerFilterFactory,
  pieces: readonly Uint8Array[],
  local: IpAddress = LOCAL,
): ListenerFilterRun {
  const info = new SocketInfo(local, REMOTE)
  const streamInfo = new StreamRecord(0, 0, info, 1, undefined, undefined)
  let closed = false
  const callbacks: ListenerFilterCallbacks = {
    dispatcher: new SimulatedDispatcher(),
    info,
    streamInfo,
    fd: -1,
    close: () => (closed = true),
    continueFilterChain: () => {},
  }
  const filter = factory()
  let passed = filter.onAccept(callbacks) === 'continue'
  let queued = Buffer.alloc(0)
  let asked = filter.maxReadBytes
  let shown = 0
  const offer = (): void => {
    for (;;) {
      const bytes = queued.subarray(0, filter.maxReadBytes)
      if (closed || passed || bytes.length <= shown) return
      shown = bytes.length
      let drained = 0
      passed = filter.onData?.({ bytes, drain: (count) => (drained += count) }) === 'continue'
      expect(drained).toBeLessThanOrEqual(bytes.length)
      queued = queued.subarray(drained)
      shown -= drained
      asked = Math.max(asked, filter.maxReadBytes)
      // Who waits has not seen all that it wants.
      if (!passed && !closed) expect(shown).toBeLessThan(filter.maxReadBytes)
    }
  }
  for (const piece of pieces) {
    queued = Buffer.concat([queued, piece])
    offer()
  }
  const outcome = closed ? 'closed' : passed ? 'passed' : 'waits'
  return { outcome, rest: queued.toString('latin1'), info, streamInfo, asked }
}

/** The bytes whole and byte by byte: the same comes of both. */
export function runInPieces(factory: ListenerFilterFactory, bytes: Uint8Array): ListenerFilterRun {
  const whole = runListenerFilter(factory, [bytes])
  const slowly = runListenerFilter(
    factory,
    Array.from(bytes, (byte) => Uint8Array.of(byte)),
  )
  expect(whatCameOf(slowly)).toEqual(whatCameOf(whole))
  return whole
}

/** To compare two runs by. */
export function whatCameOf({ outcome, rest, info, streamInfo }: ListenerFilterRun): unknown {
  const { localAddress, remoteAddress } = info
  return {
    outcome,
    // Who is closed is not asked for its bytes.
    rest: outcome === 'closed' ? '' : rest,
    local: localAddress.text,
    remote: remoteAddress.text,
    serverName: info.requestedServerName,
    protocol: info.detectedTransportProtocol,
    protocols: info.requestedApplicationProtocols,
    ja3: info.ja3Hash,
    ja4: info.ja4Hash,
    metadata: streamInfo.dynamicMetadata,
  }
}
