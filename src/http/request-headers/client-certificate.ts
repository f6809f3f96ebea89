/**
 * x-forwarded-client-cert: what a client says about the certificates of those in front of it is believed only by
 * configuration (Envoy docs: http_conn_man/headers#x-forwarded-client-cert).
 */
import type { RequestHeaders } from '../../api/headers.ts'
import type { SslConnectionInfo } from '../../api/network.ts'
import { nameSet } from '../../codec/headers/field-names.ts'
import type { ClientCertSettings } from '../connection-manager-settings.ts'

const NAME = 'x-forwarded-client-cert'
const NAMED = nameSet([NAME])

export function mutateClientCertificate(
  headers: RequestHeaders,
  settings: ClientCertSettings,
  ssl: SslConnectionInfo | undefined,
): void {
  if (settings.details === 'ALWAYS_FORWARD_ONLY') return
  if (settings.details === 'SANITIZE' || ssl === undefined || !ssl.peerCertificatePresented) {
    if (headers.mayHave(NAMED)) headers.remove(NAME)
    return
  }
  if (settings.details === 'FORWARD_ONLY') return
  const before = settings.details === 'APPEND_FORWARD' ? (headers.get(NAME) ?? '') : ''
  const isList = before.startsWith('[') && before.endsWith(']')
  if (settings.format === 'TEXT' || (before !== '' && !isList)) {
    // A text that is no list of objects goes on as a text.
    const element = describeCertificate(ssl, settings)
    if (before === '') headers.set(NAME, element)
    else headers.append(NAME, element)
  } else {
    const element = jsonElement(ssl, settings)
    headers.set(NAME, isList ? `${before.slice(0, -1)},${element}]` : `[${element}]`)
  }
}

function describeCertificate(ssl: SslConnectionInfo, settings: ClientCertSettings): string {
  const parts: string[] = []
  for (const uri of ssl.uriSanLocalCertificate) parts.push(`By=${uri}`)
  if (ssl.sha256PeerCertificateDigest !== '') parts.push(`Hash=${ssl.sha256PeerCertificateDigest}`)
  if (settings.cert) parts.push(`Cert="${ssl.urlEncodedPemEncodedPeerCertificate}"`)
  const { urlEncodedPemEncodedPeerCertificateChain: chain } = ssl
  if (settings.chain && chain !== undefined) parts.push(`Chain="${chain}"`)
  if (settings.subject) parts.push(`Subject="${ssl.subjectPeerCertificate}"`)
  if (settings.uri) for (const uri of ssl.uriSanPeerCertificate) parts.push(`URI=${uri}`)
  if (settings.dns) for (const dns of ssl.dnsSansPeerCertificate) parts.push(`DNS=${dns}`)
  if (settings.issuer) parts.push(`Issuer="${ssl.issuerPeerCertificate ?? ''}"`)
  return parts.join(';')
}

/** The same as an object; what there is none of is left out. */
function jsonElement(ssl: SslConnectionInfo, settings: ClientCertSettings): string {
  const { urlEncodedPemEncodedPeerCertificateChain: chain } = ssl
  return JSON.stringify({
    by: unlessEmpty(ssl.uriSanLocalCertificate),
    hash: ssl.sha256PeerCertificateDigest === '' ? undefined : ssl.sha256PeerCertificateDigest,
    cert: settings.cert ? decodeURIComponent(ssl.urlEncodedPemEncodedPeerCertificate) : undefined,
    chain: settings.chain && chain !== undefined ? decodeURIComponent(chain).match(PEM) : undefined,
    subject: settings.subject ? ssl.subjectPeerCertificate : undefined,
    uri: settings.uri ? unlessEmpty(ssl.uriSanPeerCertificate) : undefined,
    dns: settings.dns ? unlessEmpty(ssl.dnsSansPeerCertificate) : undefined,
    issuer: settings.issuer ? (ssl.issuerPeerCertificate ?? '') : undefined,
  })
}

function unlessEmpty(names: readonly string[]): readonly string[] | undefined {
  return names.length === 0 ? undefined : names
}

const PEM = /-----BEGIN [^-]+-----[^-]+-----END [^-]+-----\n?/g
