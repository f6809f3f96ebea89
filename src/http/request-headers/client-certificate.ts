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
  const element = describeCertificate(ssl, settings)
  if (settings.details === 'APPEND_FORWARD') headers.append(NAME, element)
  else headers.set(NAME, element)
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
  return parts.join(';')
}
