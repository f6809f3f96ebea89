/** When the upstream connection is made, and how much of what the client sends before is taken. */
import type { Reader } from '../../../../api/config.ts'
import type { Connection } from '../../../../api/network.ts'

export interface ConnectMode {
  readonly when: 'IMMEDIATE' | 'ON_DOWNSTREAM_DATA' | 'ON_DOWNSTREAM_TLS_HANDSHAKE'
  /** Reading stops when there are so many bytes; undefined: nothing is read before there is an upstream. */
  readonly maxEarlyDataBytes: number | undefined
}

/** Left by a listener filter where `max_early_data_bytes` is not set. */
const RECEIVE_BEFORE_CONNECT = 'envoy.tcp_proxy.receive_before_connect'

export function readConnectMode(reader: Reader): ConnectMode {
  const when = reader.enumeration<ConnectMode['when']>('upstream_connect_mode', 'IMMEDIATE')
  const maxEarlyDataBytes = reader.optionalNumber('max_early_data_bytes')
  if (when !== 'IMMEDIATE' && maxEarlyDataBytes === undefined) {
    const problem = 'max_early_data_bytes must be set when upstream_connect_mode is not IMMEDIATE'
    reader.error('upstream_connect_mode', 'NU172', problem)
  }
  return { when, maxEarlyDataBytes }
}

/** For one connection: the bytes that may be taken early, undefined for none. */
export function earlyDataLimit({ maxEarlyDataBytes }: ConnectMode, { streamInfo }: Connection): number | undefined {
  if (maxEarlyDataBytes !== undefined) return maxEarlyDataBytes
  return streamInfo.filterState.get(RECEIVE_BEFORE_CONNECT)?.serializeAsString() === 'true' ? 0 : undefined
}
