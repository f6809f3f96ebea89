/**
 * What a TLS handshake left behind. Without TLS none of it has a value; what SslConnectionInfo does not carry has none
 * either, so whoever builds TLS finds here what is still to be filled in (`nothing`).
 */
import type { SslConnectionInfo } from '../../api/network.ts'
import type { OperatorKind, OperatorTable } from '../operator.ts'
import { nameOperator, textOperator } from '../operator.ts'
import { timeFormatError } from './time.ts'

const words = (text: string): readonly string[] => text.split(' ')

/** Nobody has these yet. */
const UNFILLED = words(
  'DOWNSTREAM_LOCAL_DNS_SAN DOWNSTREAM_LOCAL_IP_SAN DOWNSTREAM_LOCAL_EMAIL_SAN DOWNSTREAM_LOCAL_OTHERNAME_SAN ' +
    'DOWNSTREAM_PEER_IP_SAN DOWNSTREAM_PEER_EMAIL_SAN DOWNSTREAM_PEER_OTHERNAME_SAN DOWNSTREAM_PEER_ISSUER ' +
    'DOWNSTREAM_PEER_SERIAL DOWNSTREAM_PEER_FINGERPRINT_1 DOWNSTREAM_PEER_CHAIN_FINGERPRINTS_1 ' +
    'DOWNSTREAM_PEER_CHAIN_FINGERPRINTS_256 DOWNSTREAM_PEER_CHAIN_SERIALS DOWNSTREAM_PEER_ISSUER_FINGERPRINT_256 ' +
    'DOWNSTREAM_PEER_ISSUER_SERIAL DOWNSTREAM_TLS_SESSION_ID DOWNSTREAM_TLS_GROUP ' +
    'UPSTREAM_PEER_CERT UPSTREAM_PEER_SUBJECT UPSTREAM_PEER_ISSUER UPSTREAM_PEER_URI_SAN ' +
    'UPSTREAM_PEER_DNS_SAN UPSTREAM_PEER_IP_SAN UPSTREAM_LOCAL_URI_SAN UPSTREAM_LOCAL_DNS_SAN UPSTREAM_LOCAL_IP_SAN ' +
    'UPSTREAM_TLS_SESSION_ID UPSTREAM_TLS_CIPHER UPSTREAM_TLS_VERSION UPSTREAM_TLS_GROUP UPSTREAM_SERVER_NAME',
)

/** Points in time; the parameter is a format as START_TIME's. */
const UNFILLED_TIMES = words(
  'DOWNSTREAM_PEER_CERT_V_START DOWNSTREAM_PEER_CERT_V_END UPSTREAM_PEER_CERT_V_START UPSTREAM_PEER_CERT_V_END',
)

const nothing = textOperator(() => undefined)
const noTime: OperatorKind = {
  parameters: 'optional',
  truncates: false,
  compile: (parameter) => {
    const error = timeFormatError(parameter)
    return error === undefined ? { text: () => undefined } : { error }
  },
}

function downstream(value: (ssl: SslConnectionInfo) => string): OperatorKind {
  return nameOperator(({ streamInfo: { ssl } }) => (ssl === undefined ? undefined : value(ssl)))
}

export const TLS_OPERATORS: OperatorTable = {
  ...Object.fromEntries(UNFILLED.map((name) => [name, nothing])),
  ...Object.fromEntries(UNFILLED_TIMES.map((name) => [name, noTime])),
  // Of what the client said first, so they need no TLS of ours.
  TLS_JA3_FINGERPRINT: nameOperator(({ streamInfo }) => streamInfo.connection.ja3Hash),
  TLS_JA4_FINGERPRINT: nameOperator(({ streamInfo }) => streamInfo.connection.ja4Hash),
  DOWNSTREAM_LOCAL_SUBJECT: downstream((ssl) => ssl.subjectLocalCertificate),
  DOWNSTREAM_LOCAL_URI_SAN: downstream((ssl) => ssl.uriSanLocalCertificate.join(',')),
  DOWNSTREAM_PEER_SUBJECT: downstream((ssl) => ssl.subjectPeerCertificate),
  DOWNSTREAM_PEER_URI_SAN: downstream((ssl) => ssl.uriSanPeerCertificate.join(',')),
  DOWNSTREAM_PEER_DNS_SAN: downstream((ssl) => ssl.dnsSansPeerCertificate.join(',')),
  DOWNSTREAM_PEER_FINGERPRINT_256: downstream((ssl) => ssl.sha256PeerCertificateDigest),
  DOWNSTREAM_PEER_CERT: downstream((ssl) => ssl.urlEncodedPemEncodedPeerCertificate),
  DOWNSTREAM_TLS_CIPHER: downstream((ssl) => ssl.ciphersuite),
  DOWNSTREAM_TLS_VERSION: downstream((ssl) => ssl.tlsVersion),
}
