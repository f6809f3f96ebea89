/** `connection.*`, `source.*`, `destination.*`, `upstream.*` */
import type { CelInput } from '@bufbuild/cel'
import type { Address, SslConnectionInfo } from '../api/network.ts'
import type { CelData } from './cel-data.ts'
import { durationOf, integer, localityOf } from './header-attributes.ts'
import type { Extractors } from './lazy-map.ts'

const ssl = (take: (info: SslConnectionInfo) => string | undefined) => (data: CelData) =>
  data.streamInfo.ssl === undefined ? undefined : take(data.streamInfo.ssl)

const unlessEmpty = (text: string) => (text === '' ? undefined : text)

export const CONNECTION_ATTRIBUTES: Extractors<CelData> = {
  id: ({ streamInfo }, { cel }) => cel.celUint(integer(streamInfo.connectionId)),
  mtls: ({ streamInfo }) => streamInfo.ssl?.peerCertificatePresented === true,
  requested_server_name: ({ streamInfo }) => streamInfo.connection.requestedServerName,
  termination_details: ({ streamInfo }) => streamInfo.connectionTerminationDetails,
  transport_failure_reason: ({ streamInfo }) => unlessEmpty(streamInfo.downstreamTransportFailureReason ?? ''),
  tls_version: ssl((info) => info.tlsVersion),
  subject_local_certificate: ssl((info) => info.subjectLocalCertificate),
  subject_peer_certificate: ssl((info) => info.subjectPeerCertificate),
  uri_san_local_certificate: ssl((info) => info.uriSanLocalCertificate[0]),
  uri_san_peer_certificate: ssl((info) => info.uriSanPeerCertificate[0]),
  dns_san_peer_certificate: ssl((info) => info.dnsSansPeerCertificate[0]),
  sha256_peer_certificate_digest: ssl((info) => unlessEmpty(info.sha256PeerCertificateDigest)),
  peer_certificate: ssl((info) =>
    info.peerCertificatePresented ? info.urlEncodedPemEncodedPeerCertificate : undefined,
  ),
}

export const SOURCE_ATTRIBUTES: Extractors<CelData> = {
  address: ({ streamInfo }) => streamInfo.connection.remoteAddress.text,
  port: ({ streamInfo }) => portOf(streamInfo.connection.remoteAddress),
}

export const DESTINATION_ATTRIBUTES: Extractors<CelData> = {
  address: ({ streamInfo }) => streamInfo.connection.localAddress.text,
  port: ({ streamInfo }) => portOf(streamInfo.connection.localAddress),
}

export const UPSTREAM_ATTRIBUTES: Extractors<CelData> = {
  address: ({ streamInfo }) => streamInfo.upstream?.host?.address.text,
  port: ({ streamInfo }) => portOf(streamInfo.upstream?.host?.address),
  local_address: ({ streamInfo }) => streamInfo.upstream?.localAddress?.text,
  locality: ({ streamInfo }, library) => {
    const locality = streamInfo.upstream?.host?.locality
    return locality && localityOf(library, locality.region, locality.zone, locality.subZone)
  },
  transport_failure_reason: ({ streamInfo }) => streamInfo.upstream?.transportFailureReason,
  cx_pool_ready_duration: ({ streamInfo: { upstream } }, library) =>
    upstream?.poolReady === undefined || upstream.connectStart === undefined
      ? undefined
      : durationOf(library, upstream.poolReady - upstream.connectStart),
  request_attempt_count: ({ streamInfo }, { cel }) => cel.celUint(integer(streamInfo.attemptCount)),
}

function portOf(address: Address | undefined): CelInput | undefined {
  return address?.kind === 'ip' ? integer(address.port) : undefined
}
