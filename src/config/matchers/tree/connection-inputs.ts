/** Inputs over the downstream connection, known to HTTP and network trees alike. */
import type { Reader } from '../../../api/config.ts'
import type { Address, SslConnectionInfo } from '../../../api/network.ts'
import type { FilterStateObject } from '../../../api/stream-info.ts'
import { toWireText } from '../../../base/wire-text.ts'
import { isLocalPeer } from '../local-peer.ts'
import type { DataInput, DataInputReader, DataInputTable } from './data-input.ts'
import { plainInput } from './data-input.ts'
import type { MatchingData } from './match-tree.ts'

const NETWORK = 'envoy.extensions.matching.common_inputs.network.v3'
const SSL = 'envoy.extensions.matching.common_inputs.ssl.v3'

export const CONNECTION_INPUTS: DataInputTable = {
  [`${NETWORK}.DestinationIPInput`]: plainInput(({ streamInfo }) => ipOf(streamInfo.connection.localAddress)),
  [`${NETWORK}.DestinationPortInput`]: plainInput(({ streamInfo }) => portOf(streamInfo.connection.localAddress)),
  [`${NETWORK}.SourceIPInput`]: plainInput(({ streamInfo }) => ipOf(streamInfo.connection.remoteAddress)),
  [`${NETWORK}.SourcePortInput`]: plainInput(({ streamInfo }) => portOf(streamInfo.connection.remoteAddress)),
  [`${NETWORK}.DirectSourceIPInput`]: plainInput(({ streamInfo }) => ipOf(streamInfo.connection.directRemoteAddress)),
  [`${NETWORK}.SourceTypeInput`]: plainInput(({ streamInfo }) =>
    isLocalPeer(streamInfo.connection) ? 'local' : undefined,
  ),
  [`${NETWORK}.ServerNameInput`]: plainInput(({ streamInfo }) => textOf(streamInfo.connection.requestedServerName)),
  [`${NETWORK}.FilterStateInput`]: readFilterState,
  // Listening sockets stand in the namespace of the process.
  [`${NETWORK}.NetworkNamespaceInput`]: plainInput(() => undefined),
  [`${SSL}.UriSanInput`]: certificateInput((ssl) => joined(ssl.uriSanPeerCertificate)),
  [`${SSL}.DnsSanInput`]: certificateInput((ssl) => joined(ssl.dnsSansPeerCertificate)),
  [`${SSL}.SubjectInput`]: certificateInput((ssl) => textOf(ssl.subjectPeerCertificate)),
}

/** What only network trees know. */
export const NETWORK_INPUTS: DataInputTable = {
  ...CONNECTION_INPUTS,
  [`${NETWORK}.TransportProtocolInput`]: plainInput(({ streamInfo }) =>
    textOf(streamInfo.connection.detectedTransportProtocol),
  ),
  [`${NETWORK}.ApplicationProtocolInput`]: plainInput(({ streamInfo }) =>
    quoted(streamInfo.connection.requestedApplicationProtocols),
  ),
}

function ipOf(address: Address): string | undefined {
  return address.kind === 'ip' ? address.ip : undefined
}

function portOf(address: Address): string | undefined {
  return address.kind === 'ip' ? `${address.port}` : undefined
}

function textOf(text: string): string | undefined {
  return text === '' ? undefined : text
}

function joined(texts: readonly string[]): string | undefined {
  return texts.length === 0 ? undefined : texts.join(',')
}

/** Without TLS nothing is known for sure, as if it were still to come. */
function certificateInput(get: (ssl: SslConnectionInfo) => string | undefined): DataInputReader {
  return plainInput(({ streamInfo: { ssl } }) => (ssl === undefined ? null : get(ssl)))
}

/** `'h2','http/1.1'`. */
function quoted(protocols: readonly string[]): string | undefined {
  return protocols.length === 0 ? undefined : protocols.map((protocol) => `'${protocol}'`).join(',')
}

function readFilterState(reader: Reader): DataInput {
  const key = reader.string('key')
  const field = reader.string('field')
  const get = ({ streamInfo }: MatchingData) => {
    const object = streamInfo.filterState.get(key)
    if (object === undefined) return undefined
    const text = field !== '' && hasFields(object) ? fieldOf(object, field) : object.serializeAsString()
    return text === undefined ? undefined : toWireText(text)
  }
  return { kind: 'text', get }
}

/** Of an object without fields the whole text counts. */
function hasFields(object: FilterStateObject): boolean {
  const value = object.serializeAsJson?.()
  return typeof value === 'object' && value !== null
}

function fieldOf(object: FilterStateObject, field: string): string | undefined {
  const value = object.serializeAsJson?.()
  if (typeof value !== 'object' || value === null || !Object.hasOwn(value, field)) return undefined
  const found = (value as Readonly<Record<string, unknown>>)[field]
  return typeof found === 'string' || typeof found === 'number' ? `${found}` : undefined
}
