/** forward_client_cert_details, set_current_client_cert_details, and the matcher that replaces both for some requests. */
import type { AnyReader, Reader } from '../../../../api/config.ts'
import type { MatchTree } from '../../../../config/matchers/tree/match-tree.ts'
import { readMatchTree, refuseAction } from '../../../../config/matchers/tree/read-match-tree.ts'
import type { ClientCertDetails, ClientCertSettings } from '../../../../http/connection-manager-settings.ts'

const ACTION =
  'envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager.ForwardClientCertConfig'
const NO_FIELDS: Omit<ClientCertSettings, 'details'> = {
  format: 'TEXT',
  subject: false,
  issuer: false,
  cert: false,
  chain: false,
  dns: false,
  uri: false,
}

/** Of the connection manager itself, or of a matcher's action, which has the same two fields. */
export function readClientCert(reader: Reader): ClientCertSettings {
  const details = reader.enumeration<ClientCertDetails>('forward_client_cert_details', 'SANITIZE')
  return { details, ...(reader.message('set_current_client_cert_details', readFields) ?? NO_FIELDS) }
}

function readFields(reader: Reader): Omit<ClientCertSettings, 'details'> {
  return {
    format: reader.enumeration<'TEXT' | 'JSON'>('format', 'TEXT'),
    subject: reader.bool('subject', false),
    issuer: reader.bool('issuer', false),
    cert: reader.bool('cert', false),
    chain: reader.bool('chain', false),
    dns: reader.bool('dns', false),
    uri: reader.bool('uri', false),
  }
}

export function readClientCertMatcher(reader: Reader): MatchTree<ClientCertSettings> {
  return readMatchTree<ClientCertSettings>(reader, { inputs: 'http', readAction })
}

function readAction(any: AnyReader, at: Reader): ClientCertSettings | undefined {
  return any.typeName === ACTION ? readClientCert(any.reader) : refuseAction(at, any)
}
