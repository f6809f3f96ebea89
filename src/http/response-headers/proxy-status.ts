/** Proxy-Status (RFC 9209): why this proxy could not do as it was asked, told to whoever is downstream. */
import type { ResponseHeaders } from '../../api/headers.ts'
import type { ResponseFlag, StreamInfo } from '../../api/stream-info.ts'
import { shortFlags } from '../../formatter/operators/response-flags.ts'

/** proxy_status_config. */
export interface ProxyStatusSettings {
  /** This proxy's own name: a literal, the node's id, or its server name. */
  readonly name: string | { readonly of: 'node' | 'server' }
  readonly details: boolean
  readonly connectionTerminationDetails: boolean
  readonly responseFlags: boolean
  /** The status that RFC 9209 §2.3 recommends replaces the one that was chosen. */
  readonly setRecommendedStatus: boolean
}

/** Nothing where the response has no fault that this proxy knows of. */
export function addProxyStatus(
  headers: ResponseHeaders,
  info: StreamInfo,
  settings: ProxyStatusSettings,
  name: string,
): void {
  const error = errorOf(info)
  if (error === undefined) return
  let value = `${name}; error=${error}`
  if (settings.details && info.responseCodeDetails !== undefined) value += `; details="${detailsOf(info, settings)}"`
  const before = headers.get('proxy-status')
  headers.set('proxy-status', before === undefined || before === '' ? value : `${before}, ${value}`)
  const status = settings.setRecommendedStatus ? RECOMMENDED[error] : undefined
  if (status !== undefined) headers.status = status
}

function detailsOf(info: StreamInfo, settings: ProxyStatusSettings): string {
  const parts = [info.responseCodeDetails!]
  const { connectionTerminationDetails: termination } = info
  if (settings.connectionTerminationDetails && termination !== undefined) parts.push(termination)
  if (settings.responseFlags && info.flags.length > 0) parts.push(shortFlags(info))
  return parts.join('; ').replace(/["\\]/g, String.raw`\$&`)
}

/** In Envoy's order of precedence: a stream may have several flags. */
const ERRORS = [
  ['LH', 'destination_unavailable'],
  ['UH', 'destination_unavailable'],
  ['UT', 'http_response_timeout'],
  ['DT', 'connection_timeout'],
  ['LR', 'connection_timeout'],
  ['UR', 'connection_terminated'],
  ['UF', 'connection_refused'],
  ['UAEX', 'connection_refused'],
  ['UC', 'connection_terminated'],
  ['OM', 'connection_limit_reached'],
  ['DO', 'connection_limit_reached'],
  ['FI', 'http_request_error'],
  ['DC', 'connection_terminated'],
  ['DR', 'connection_terminated'],
  ['UO', 'connection_limit_reached'],
  ['NR', 'destination_not_found'],
  ['RL', 'connection_limit_reached'],
  ['RLSE', 'connection_limit_reached'],
  ['URX', 'destination_unavailable'],
  ['SI', 'http_response_timeout'],
  ['IH', 'http_request_error'],
  ['DPE', 'http_request_error'],
  ['UMSDR', 'http_response_timeout'],
  ['NFCF', 'proxy_configuration_error'],
  ['UPE', 'http_protocol_error'],
  ['NC', 'destination_unavailable'],
  ['DF', 'dns_error'],
] as const satisfies readonly (readonly [ResponseFlag, string])[]

type ProxyError = (typeof ERRORS)[number][1]

/** Undefined: the status stands. */
const RECOMMENDED: Readonly<Record<ProxyError, number | undefined>> = {
  destination_unavailable: 503,
  http_response_timeout: 504,
  connection_timeout: 504,
  connection_terminated: 502,
  connection_refused: 502,
  connection_limit_reached: 503,
  destination_not_found: 500,
  http_request_error: undefined,
  proxy_configuration_error: 500,
  http_protocol_error: 502,
  dns_error: 502,
}

function errorOf(info: StreamInfo): ProxyError | undefined {
  if (info.flags.length === 0) return undefined
  return ERRORS.find(([flag]) => info.hasFlag(flag))?.[1]
}
