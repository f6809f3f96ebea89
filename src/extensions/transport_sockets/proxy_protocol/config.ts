/** envoy.extensions.transport_sockets.proxy_protocol.v3.ProxyProtocolUpstreamTransport. */
import type { Reader } from '../../../api/config.ts'
import type { ExtensionConfig, ParseContext } from '../../../api/extension.ts'
import type { ProxyProtocolVersion } from '../../../codec/proxy_protocol/write-header.ts'
import type { TlvEntry } from '../../../formatter/tlv-entry.ts'
import { readTlvEntries } from '../../../formatter/tlv-entry.ts'

export interface ProxyProtocolConfig {
  readonly version: ProxyProtocolVersion
  /** In every header of version 2; those of a client with the same type stay behind. */
  readonly added: readonly TlvEntry[]
  /** Of what a client's header brought along. */
  readonly passThrough: 'all' | ReadonlySet<number>
  /** Connections are not shared among clients whose extensions differ. */
  readonly tlvsKeepApart: boolean
  /** Behind the header. */
  readonly inner: ExtensionConfig<'envoy.transport_sockets.upstream'> | undefined
}

export function parseConfig(reader: Reader, context: ParseContext): ProxyProtocolConfig {
  const config = reader.message('config', (header) => readHeader(header, context)) ?? NO_CONFIG
  return {
    ...config,
    tlvsKeepApart: reader.bool('tlv_as_pool_key', false),
    inner: reader.message('transport_socket', (socket) =>
      context.namedExtension(socket, 'envoy.transport_sockets.upstream'),
    ),
  }
}

type Header = Pick<ProxyProtocolConfig, 'version' | 'added' | 'passThrough'>

const NO_CONFIG: Header = { version: 'V1', added: [], passThrough: new Set() }

function readHeader(reader: Reader, context: ParseContext): Header {
  return {
    version: reader.enumeration<ProxyProtocolVersion>('version', 'V1'),
    added: readTlvEntries(reader, 'added_tlvs', context),
    passThrough: reader.message('pass_through_tlvs', readPassThrough) ?? new Set(),
  }
}

function readPassThrough(tlvs: Reader): 'all' | ReadonlySet<number> {
  const types = new Set(tlvs.numbers('tlv_type'))
  return tlvs.enumeration('match_type', 'INCLUDE_ALL') === 'INCLUDE_ALL' ? 'all' : types
}
