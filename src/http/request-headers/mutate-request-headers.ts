/**
 * What happens to a request's headers before filters and routes see them (Envoy's
 * ConnectionManagerUtility::mutateRequestHeaders): hop-by-hop headers go, the client's address is found, what only
 * trusted clients may say is removed, and our own marks are set.
 */
import type { EarlyHeaderMutator, OriginalIp, OriginalIpDetector } from '../../api/early-request.ts'
import type { LocalInfo } from '../../api/extension.ts'
import type { Random } from '../../api/event.ts'
import type { RequestHeaders } from '../../api/headers.ts'
import type { Address, Connection } from '../../api/network.ts'
import type { RouteConfigProvider } from '../../api/route.ts'
import type { LocalReply } from '../../api/http.ts'
import type { StreamInfo } from '../../api/stream-info.ts'
import { nameSet } from '../../codec/headers/field-names.ts'
import { isLoopback, parseIpAddress } from '../../network/address.ts'
import type { ClientCertSettings, ConnectionManagerSettings } from '../connection-manager-settings.ts'
import { undetected } from '../local-reply/causes.ts'
import { appendVia } from './append-via.ts'
import { mutateClientCertificate } from './client-certificate.ts'
import { addressFromForwardedFor, appendForwardedFor, hasForwardedFor, isSingleForwardedFor } from './forwarded-for.ts'
import { removeRequestHopByHop } from './hop-by-hop.ts'
import { removeInternalHeaders } from './internal-headers.ts'
import { removeBadReferer } from './referer.ts'
import { setRequestId } from './request-id.ts'

export interface RequestMutatorDeps {
  readonly settings: ConnectionManagerSettings
  readonly localInfo: LocalInfo
  readonly random: Random
  /** The table says which headers only internal clients may send. */
  readonly routes: RouteConfigProvider
  readonly earlyMutators: readonly EarlyHeaderMutator[]
  /** Empty: x-forwarded-for tells. */
  readonly detectors: readonly OriginalIpDetector[]
}

const NONE: readonly string[] = []
const UNDETECTED: OriginalIp = { address: undefined, trusted: false, appendsForwardedFor: false }
const INTERNAL = nameSet(['x-envoy-internal'])

/** One per connection manager and thread. */
export class RequestMutator {
  readonly #deps: RequestMutatorDeps
  readonly #settings: ConnectionManagerSettings
  readonly #ownAddress: Address

  constructor(deps: RequestMutatorDeps) {
    this.#deps = deps
    this.#settings = deps.settings
    this.#ownAddress = parseIpAddress(deps.localInfo.localAddress, 0)
  }

  /** The client's address: the peer's own unless trusted headers say otherwise. Or a refusal where it is a must. */
  mutate(headers: RequestHeaders, connection: Connection, streamInfo: StreamInfo): Address | LocalReply {
    const settings = this.#settings
    const { earlyMutators, detectors } = this.#deps
    for (let i = 0; i < earlyMutators.length; i++) earlyMutators[i]!.mutate(headers, streamInfo)
    const { useRemoteAddress, xffNumTrustedHops, isInternal } = settings.clientAddress
    removeRequestHopByHop(headers)
    removeBadReferer(headers)
    if (headers.mayHave(INTERNAL)) headers.remove('x-envoy-internal')
    const peer = connection.info.remoteAddress
    let client: Address | undefined
    // Being internal takes one trusted address only, with nobody in between.
    let mayBeInternal: boolean
    if (useRemoteAddress) {
      mayBeInternal = !hasForwardedFor(headers)
      client = (xffNumTrustedHops > 0 ? addressFromForwardedFor(headers, xffNumTrustedHops - 1) : undefined) ?? peer
      this.#forwardAsEdge(headers, connection, peer)
    } else if (detectors.length > 0) {
      const found = this.#detect(headers, peer)
      if (found.refusal !== undefined) return undetected(found.refusal)
      mayBeInternal = found.trusted
      client = found.address
    } else {
      mayBeInternal = xffNumTrustedHops === 0 && isSingleForwardedFor(headers)
      client = addressFromForwardedFor(headers, xffNumTrustedHops)
    }
    // An edge has just said it.
    const knowsProto = useRemoteAddress && xffNumTrustedHops === 0
    this.#completeForwarded(headers, connection, knowsProto)
    const internal = mayBeInternal && client !== undefined && isInternal(client)
    const edge = useRemoteAddress && !internal
    if (internal) headers.set('x-envoy-internal', 'true')
    else removeInternalHeaders(headers, edge, this.#deps.routes.current?.internalOnlyHeaders ?? NONE)
    if (settings.addUserAgent) this.#setUserAgent(headers)
    if (settings.via !== '') appendVia(headers, settings.via)
    const address = client ?? peer
    if (edge && address.kind === 'ip') headers.set('x-envoy-external-address', address.ip)
    if (settings.generateRequestId) setRequestId(headers, this.#deps.random, edge, settings.requestId)
    mutateClientCertificate(headers, this.#clientCert(headers, streamInfo), connection.ssl)
    return address
  }

  /** Each detector sees what the one before it appended. */
  #detect(headers: RequestHeaders, peer: Address): OriginalIp {
    for (const detector of this.#deps.detectors) {
      const found = detector.detect(headers, peer)
      if (found.refusal !== undefined) return found
      if (found.appendsForwardedFor) appendForwardedFor(headers, isLoopback(peer) ? this.#ownAddress : peer)
      if (found.address !== undefined) return found
    }
    return UNDETECTED
  }

  /** We are the first to see the client: what it says about itself is overwritten or continued. */
  #forwardAsEdge(headers: RequestHeaders, connection: Connection, peer: Address): void {
    const { xffNumTrustedHops, skipXffAppend, appendXForwardedPort } = this.#settings.clientAddress
    if (!skipXffAppend) appendForwardedFor(headers, isLoopback(peer) ? this.#ownAddress : peer)
    if (xffNumTrustedHops > 0) return
    headers.set('x-forwarded-proto', this.#protoOf(connection))
    if (appendXForwardedPort) this.#setForwardedPort(headers, connection)
  }

  /** `knowsProto`: x-forwarded-proto says what this connection is. */
  #completeForwarded(headers: RequestHeaders, connection: Connection, knowsProto: boolean): void {
    const settings = this.#settings
    if (!knowsProto && !headers.has('x-forwarded-proto')) headers.set('x-forwarded-proto', this.#protoOf(connection))
    if (settings.clientAddress.appendXForwardedPort && !headers.has('x-forwarded-port')) {
      this.#setForwardedPort(headers, connection)
    }
    if (settings.scheme === 'http' || settings.scheme === 'https') {
      headers.scheme = settings.scheme
      headers.set('x-forwarded-proto', settings.scheme)
    } else if (headers.scheme !== undefined) headers.scheme = headers.scheme.toLowerCase()
    else headers.scheme = knowsProto ? this.#protoOf(connection) : schemeFrom(headers, connection)
  }

  #clientCert(request: RequestHeaders, streamInfo: StreamInfo): ClientCertSettings {
    const { clientCert, clientCertMatcher } = this.#settings
    if (clientCertMatcher === undefined) return clientCert
    const result = clientCertMatcher.match({ request, streamInfo })
    return result.kind === 'match' ? result.action : clientCert
  }

  /** By the port that the client meant, where that is known; else by what the connection is. */
  #protoOf(connection: Connection): 'http' | 'https' {
    const { forwardProto } = this.#settings
    const { directLocalAddress, localAddress } = connection.info
    if (forwardProto !== undefined && directLocalAddress !== undefined && localAddress.kind === 'ip') {
      if (forwardProto.https.has(localAddress.port)) return 'https'
      if (forwardProto.http.has(localAddress.port)) return 'http'
    }
    return protoOf(connection)
  }

  #setForwardedPort(headers: RequestHeaders, connection: Connection): void {
    const local = connection.info.localAddress
    if (local.kind === 'ip') headers.set('x-forwarded-port', String(local.port))
  }

  #setUserAgent(headers: RequestHeaders): void {
    const { nodeId, clusterName: name } = this.#deps.localInfo
    headers.set('x-envoy-downstream-service-cluster', name)
    if ((headers.get('user-agent') ?? '') === '') headers.set('user-agent', name)
    if (nodeId !== '') headers.set('x-envoy-downstream-service-node', nodeId)
  }
}

function protoOf(connection: Connection): 'http' | 'https' {
  return connection.ssl === undefined ? 'http' : 'https'
}

/** x-forwarded-proto where it names a scheme of HTTP, else what the connection is. */
function schemeFrom(headers: RequestHeaders, connection: Connection): string {
  const proto = headers.get('x-forwarded-proto')
  if (proto === 'http' || proto === 'https') return proto
  if (proto !== undefined && /^https?$/i.test(proto)) return proto.toLowerCase()
  return protoOf(connection)
}
