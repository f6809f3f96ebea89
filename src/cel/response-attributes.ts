/** `response.*` */
import type { HeaderMap } from '../api/headers.ts'
import type { ResponseFlag, StreamInfo } from '../api/stream-info.ts'
import { fromWireText } from '../base/wire-text.ts'
import type { CelData } from './cel-data.ts'
import { durationOf, headerMap, integer } from './header-attributes.ts'
import type { Extractors } from './lazy-map.ts'

export const RESPONSE_ATTRIBUTES: Extractors<CelData> = {
  code: ({ streamInfo }) => (streamInfo.responseCode === 0 ? undefined : integer(streamInfo.responseCode)),
  code_details: ({ streamInfo: { responseCodeDetails: details } }) =>
    details === undefined ? undefined : fromWireText(details),
  size: ({ streamInfo }) => integer(streamInfo.bytesSent),
  total_size: ({ streamInfo, response, responseTrailers }) =>
    integer(streamInfo.bytesSent + (response?.byteSize ?? 0) + (responseTrailers?.byteSize ?? 0)),
  headers: ({ response }, library) => headerMap(library, response, [':status']),
  headers_bytes: ({ response }) => integer(response?.byteSize ?? 0),
  trailers: ({ responseTrailers }, library) => headerMap(library, responseTrailers, []),
  flags: ({ streamInfo }) => flagBits(streamInfo),
  grpc_status: (data) => grpcStatus(data),
  backend_latency: ({ streamInfo: { upstream } }, library) =>
    upstream?.firstTxByte === undefined || upstream.lastRxByte === undefined
      ? undefined
      : durationOf(library, upstream.lastRxByte - upstream.firstTxByte),
}

/** One bit each, in Envoy's order. */
const FLAGS: readonly ResponseFlag[] =
  'LH UH UT LR UR UF UC UO NR DI FI RL UAEX RLSE DC URX SI IH DPE UMSDR RFCF NFCF DT UPE NC OM DF DO DR UDO'.split(
    ' ',
  ) as ResponseFlag[]

function flagBits(streamInfo: StreamInfo): bigint {
  let bits = 0n
  for (const flag of streamInfo.flags) bits |= 1n << BigInt(FLAGS.indexOf(flag))
  return bits
}

/** Of the trailers, else of the headers, else what the HTTP status stands for. */
function grpcStatus({ response, responseTrailers, streamInfo }: CelData): bigint | undefined {
  const said = statusIn(responseTrailers) ?? statusIn(response)
  if (said !== undefined || streamInfo.responseCode === 0) return said
  return GRPC_OF_HTTP.get(streamInfo.responseCode) ?? 2n
}

function statusIn(headers: HeaderMap | undefined): bigint | undefined {
  const text = headers?.get('grpc-status')
  if (text === undefined || text === '') return undefined
  return /^\d{1,10}$/.test(text) ? BigInt(text) : -1n
}

/** https://github.com/grpc/grpc/blob/master/doc/http-grpc-status-mapping.md */
const GRPC_OF_HTTP: ReadonlyMap<number, bigint> = new Map([
  [400, 13n],
  [401, 16n],
  [403, 7n],
  [404, 12n],
  [429, 14n],
  [502, 14n],
  [503, 14n],
  [504, 14n],
])
