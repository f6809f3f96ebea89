/* Listeners with filters of their own, as the tests of these put them together. */
import { connect } from 'node:net'
import { httpListener, direct } from '../../support/configs.ts'
import { fileLog, textFormat } from '../../support/file-log.ts'
import type { Side } from './side.ts'

const FORMAT = [
  '%FILTER_CHAIN_NAME% %RESPONSE_FLAGS% %RESPONSE_CODE_DETAILS% remote=%DOWNSTREAM_REMOTE_ADDRESS_WITHOUT_PORT%',
  'direct=%DOWNSTREAM_DIRECT_REMOTE_ADDRESS_WITHOUT_PORT% local=%DOWNSTREAM_LOCAL_ADDRESS%',
  'accepted=%DOWNSTREAM_DIRECT_LOCAL_ADDRESS% sni=%REQUESTED_SERVER_NAME% ja3=%TLS_JA3_FINGERPRINT%',
  'ja4=%TLS_JA4_FINGERPRINT% failure=%DOWNSTREAM_TRANSPORT_FAILURE_REASON%',
  'proxy=%DYNAMIC_METADATA(envoy.filters.listener.proxy_protocol)%',
  'tls=%DYNAMIC_METADATA(envoy.filters.listener.tls_inspector)%',
  'tlv=%FILTER_STATE(envoy.network.proxy_protocol.tlv)% state=%FILTER_STATE(state:PLAIN)%',
  'bytes=%BYTES_RECEIVED%/%BYTES_SENT%',
].join(' ')

export function listenerFilter(kind: string, message: string, fields: object = {}, entry: object = {}): object {
  return {
    name: `envoy.filters.listener.${kind}`,
    typed_config: { '@type': `type.googleapis.com/envoy.extensions.filters.listener.${kind}.v3.${message}`, ...fields },
    ...entry,
  }
}

/** Answers with its name; its access log is `{folder}/<name>`, its stats are below `listener.<name>.`. */
export function filteredListener(name: string, filters: readonly object[], fields: object = {}): object {
  const log = fileLog(name, textFormat(FORMAT))
  return {
    ...httpListener(name, { statPrefix: name, routes: [direct('/', name)] }),
    stat_prefix: name,
    access_log: [log],
    listener_filters: filters,
    ...fields,
  }
}

/** A filter chain whose requests are answered with its name. */
export function chain(name: string, match: object | undefined, prefix: string = name): object {
  const listener = httpListener(name, { statPrefix: prefix, routes: [direct('/', name)] }) as {
    readonly filter_chains: readonly object[]
  }
  return { ...listener.filter_chains[0], name, ...(match === undefined ? {} : { filter_chain_match: match }) }
}

export interface Exchange {
  /** Sent one after the other, each in a packet of its own. */
  readonly pieces: readonly (string | Uint8Array)[]
  /** Our end of the connection follows at once. */
  readonly ends?: boolean
  /** How long to wait for the end, in ms; 400 when it is not said. */
  readonly waitMs?: number
}

/** What came back, latin1, and how the connection ended: `end`, `reset`, or `open` when it did not. */
export async function exchange(
  side: Side,
  listener: string,
  { pieces, ends, waitMs = 400 }: Exchange,
): Promise<string> {
  const socket = connect({ port: side.proxy.port(listener), host: '127.0.0.1', allowHalfOpen: true, noDelay: true })
  let text = ''
  const { promise, resolve } = Promise.withResolvers<string>()
  socket.on('data', (chunk: Buffer) => (text += chunk.toString('latin1')))
  socket.on('end', () => resolve('end'))
  socket.on('error', () => resolve('reset'))
  await new Promise((connected) => socket.once('connect', connected))
  for (const [index, piece] of pieces.entries()) {
    if (index > 0) await Bun.sleep(4)
    socket.write(piece)
  }
  if (ends === true) socket.end()
  const how = await Promise.race([promise, Bun.sleep(waitMs).then(() => 'open')])
  socket.destroy()
  return `${how} ${text.replace(/^HTTP\/1\.1 (\d+)[^]*?\r\n\r\n/, '$1 ')}`
}
