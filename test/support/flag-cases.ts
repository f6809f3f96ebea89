/*
 * How to have every response flag that HTTP/1.1 and TCP allow, on the proxy of flag-proxy.ts. What is left, and why:
 *
 *   LR          a filter of a cluster that gives up after the response has begun: there is none that does
 *   DR          a reset by the client that is none of its connection: HTTP/2
 *   UAEX, RLSE  an authorization or rate limit service: gRPC
 */
import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { eventually } from './dynamic-files.ts'
import { rawClient } from './raw-client.ts'
import type { WholeProxy } from './whole-proxy.ts'

export interface FlagCase {
  readonly name: string
  /** Flags, their long names, the status, and the details: of the response, or of the end of the connection. */
  readonly line: string
  /** It counts one more. */
  readonly counter: string
  readonly listener: string
  /** What the client sends; it waits for the end of its connection then, or goes. */
  readonly bytes: string
  readonly goesAfterMs?: number
  readonly before?: (proxy: WholeProxy) => Promise<void>
  readonly after?: (proxy: WholeProxy) => Promise<void>
}

function get(path: string, name: string, line: string, counter: string, more: Partial<FlagCase> = {}): FlagCase {
  const order = /^(\S+) x-do: (.*)$/.exec(path)
  const head = order === null ? '' : `x-do: ${order[2]}\r\n`
  const bytes = `GET ${order?.[1] ?? path} HTTP/1.1\r\nhost: nx.test\r\nconnection: close\r\n${head}\r\n`
  return { name, line, counter, listener: 'front', bytes, ...more }
}

function raw(bytes: string, name: string, line: string, counter: string, more: Partial<FlagCase> = {}): FlagCase {
  return { name, line, counter, listener: 'front', bytes, ...more }
}

function tcp(listener: string, name: string, line: string, counter: string, bytes = ''): FlagCase {
  return { name, line, counter, listener, bytes }
}

/** With so much pressure, once it shows. */
function pressed(pressure: string, gauge: string, value = 1): Pick<FlagCase, 'before'> {
  const before = async (proxy: WholeProxy): Promise<void> => {
    writeFileSync(`${proxy.folder}/pressure.new`, pressure)
    renameSync(`${proxy.folder}/pressure.new`, `${proxy.folder}/pressure`)
    await eventually('the overload', async () => (await proxy.stat(`overload.envoy.${gauge}`)) === value)
  }
  return { before }
}

const RESET = 'upstream_reset_before_response_started'
const REFUSED = `${RESET}{remote_connection_failure|delayed_connect_error:_Connection_refused}`

const STORED = `/stored x-do: fields=cache-control: max-age=1000|date: ${new Date().toUTCString()}`

export const FLAG_CASES: readonly FlagCase[] = [
  get('/fine', 'none', '- - 200 via_upstream', 'cluster.app.upstream_rq_200'),
  get(STORED, 'a response to be stored', '- - 200 via_upstream', 'cluster.app.internal.upstream_rq_200', {
    listener: 'cached',
  }),
  get(
    '/stored',
    'a response from the cache',
    'RFCF ResponseFromCacheFilter 200 cache.response_from_cache_filter',
    'http.cached.downstream_rq_2xx',
    { listener: 'cached' },
  ),
  get(
    '/empty',
    'no host to choose from',
    'UH NoHealthyUpstream 503 no_healthy_upstream',
    'cluster.empty.upstream_cx_none_healthy',
  ),
  get(
    '/dead',
    'nobody listens',
    `UF UpstreamConnectionFailure 503 ${REFUSED}`,
    'cluster.dead.upstream_cx_connect_fail',
  ),
  get(
    '/full',
    'a circuit is open',
    `UO UpstreamOverflow 503 ${RESET}{overflow}`,
    'cluster.full.upstream_rq_pending_overflow',
  ),
  get('/no/route', 'no route', 'NR NoRouteFound 404 route_not_found', 'http.ingress.no_route'),
  get('/nope', 'a cluster that is not there', 'NC NoClusterFound 503 cluster_not_found', 'http.ingress.no_cluster'),
  get(
    '/again x-do: status=503',
    'retries used up',
    'URX UpstreamRetryLimitExceeded 503 via_upstream',
    'cluster.app.upstream_rq_retry_limit_exceeded',
  ),
  get(
    '/again/reset x-do: reset',
    'retries used up on resets',
    `URX,UC UpstreamRetryLimitExceeded,UpstreamConnectionTermination 503 ${RESET}{connection_termination}`,
    'cluster.app.upstream_rq_retry_limit_exceeded',
  ),
  get(
    '/slow x-do: hang',
    'a timeout of the route',
    'UT UpstreamRequestTimeout 504 response_timeout',
    'cluster.app.upstream_rq_timeout',
  ),
  get(
    '/fine x-do: reset',
    'a reset by the upstream',
    `UC UpstreamConnectionTermination 503 ${RESET}{connection_termination}`,
    'cluster.app.upstream_cx_destroy_remote_with_active_rq',
  ),
  get(
    '/fine x-do: garbage',
    'an upstream that speaks something else',
    `UPE UpstreamProtocolError 502 ${RESET}{protocol_error}`,
    'cluster.app.upstream_cx_protocol_error',
  ),
  get(
    '/brief x-do: hang',
    'an upstream stream that may not last',
    'UMSDR UpstreamMaxStreamDurationReached 504 upstream_max_stream_duration_reached',
    'cluster.brief.upstream_rq_max_duration_reached',
  ),
  get('/late', 'a delay injected', 'DI DelayInjected 200 via_upstream', 'http.ingress.fault.delays_injected'),
  get('/abort', 'an abort injected', 'FI FaultInjected 418 fault_filter_abort', 'http.ingress.fault.aborts_injected'),
  get(
    '/late/abort',
    'both',
    'DI,FI DelayInjected,FaultInjected 418 fault_filter_abort',
    'http.ingress.fault.aborts_injected',
  ),
  get('/limited', 'requests enough', '- - 200 via_upstream', 'limit.http_local_rate_limit.ok'),
  get(
    '/limited',
    'too many requests',
    'RL RateLimited 429 local_rate_limited',
    'limit.http_local_rate_limit.rate_limited',
  ),
  raw(
    'GET /fine HTTP/1.1\r\nhost: a\r\nx-forwarded-for: 127.0.0.1\r\nx-envoy-max-retries: many\r\nconnection: close\r\n\r\n',
    'a header that has to be strict',
    'IH InvalidEnvoyRequestHeaders 400 request_headers_failed_strict_check{x-envoy-max-retries}',
    'http.ingress.downstream_rq_4xx',
  ),
  get(
    '/named',
    'a name without addresses',
    'DF DnsResolutionFailed 503 dns_resolution_failure{cares_norecords:Domain_name_not_found}',
    'dns_cache.names.dns_query_attempt',
  ),
  get('/drop', 'load to be dropped', 'DO DropOverload 503 drop_overload', 'cluster.drop.upstream_rq_503'),
  get(
    '/unconditional',
    'all load to be dropped',
    'UDO UnconditionalDropOverload 503 unconditional_drop_overload',
    'cluster.unconditional.upstream_rq_503',
  ),
  {
    ...get(
      '/fine',
      'a filter that waits for its configuration',
      'NFCF NoFilterConfigFound 500 ',
      'http.late.downstream_rq_5xx',
    ),
    listener: 'late',
  },
  raw(
    'POST /fine HTTP/1.1\r\nhost: a\r\ncontent-length: 3\r\n\r\n',
    'a request that does not go on',
    'SI StreamIdleTimeout 408 stream_idle_timeout',
    'http.ingress.downstream_rq_idle_timeout',
  ),
  get(
    '/fine x-do: hang',
    'a response that does not come',
    'SI StreamIdleTimeout 504 stream_idle_timeout',
    'http.ingress.downstream_rq_idle_timeout',
  ),
  raw(
    'GET / HTTP/1.1\r\nhost: a\r\nbad field\r\n\r\n',
    'a client that speaks something else',
    'DPE DownstreamProtocolError 400 http1.codec_error',
    'http.ingress.downstream_cx_protocol_error',
  ),
  get(
    '/fine x-do: hang',
    'a client that goes',
    'DC DownstreamConnectionTermination 0 downstream_remote_disconnect',
    'http.ingress.downstream_cx_destroy_remote_active_rq',
    { goesAfterMs: 100 },
  ),
  get(
    '/health',
    'a health check that has to fail',
    'LH FailedLocalHealthCheck 503 health_check_failed',
    'http.ingress.downstream_rq_http1_total',
    {
      before: async (proxy) => void (await proxy.admin('/healthcheck/fail', 'POST')),
      after: async (proxy) => void (await proxy.admin('/healthcheck/ok', 'POST')),
    },
  ),
  tcp('tcp-empty', 'TCP: no host', 'UH NoHealthyUpstream 0 -', 'cluster.empty.upstream_cx_none_healthy'),
  tcp(
    'tcp-dead',
    'TCP: nobody listens',
    'UF,URX UpstreamConnectionFailure,UpstreamRetryLimitExceeded 0 -',
    'cluster.dead.upstream_cx_connect_attempts_exceeded',
  ),
  tcp('tcp-nope', 'TCP: a cluster that is not there', 'NC NoClusterFound 0 -', 'tcp.tcp-nope.downstream_cx_no_route'),
  tcp('tcp-full', 'TCP: a circuit is open', 'UO UpstreamOverflow 0 -', 'cluster.full.upstream_cx_overflow'),
  tcp(
    'tcp-brief',
    'TCP: a connection that may not last',
    'DT DurationTimeout 0 -',
    'tcp.tcp-brief.max_downstream_connection_duration',
  ),
  tcp(
    'tcp-reset',
    'TCP: a reset by the upstream',
    'UR UpstreamRemoteReset 0 -',
    'cluster.app.upstream_cx_destroy_remote',
    'GET / HTTP/1.1\r\nx-do: reset\r\n\r\n',
  ),
  {
    ...tcp('tcp-limited', 'TCP: connections enough', '- - 0 -', 'tcp.tcp-limited.downstream_cx_total'),
    goesAfterMs: 20,
  },
  tcp(
    'tcp-limited',
    'TCP: too many connections',
    'URX UpstreamRetryLimitExceeded 0 -',
    'local_rate_limit.tcp-limited.rate_limited',
  ),
  get(
    '/fine',
    'a proxy that stops requests',
    '- - 503 overload',
    'http.ingress.downstream_rq_overload_close',
    pressed('0.6', 'overload_actions.stop_accepting_requests.active'),
  ),
  {
    ...get(
      '/fine',
      'a proxy that sheds what comes',
      `OM OverloadManagerTerminated 0 -`,
      'http.shed.downstream_rq_overload_close',
    ),
    listener: 'shed',
    ...pressed('1', 'load_shed_points.http1_server_abort_dispatch.scale_percent', 100),
  },
  tcp('tcp-app', 'TCP: the same', 'OM OverloadManagerTerminated 0 -', 'tcp.tcp-app.downstream_cx_overload_close'),
]

/** Counts of the lines that were seen so far, by file. */
export type SeenLines = Map<string, number>

/** What the log says of it, and by how much the counter moved. */
export async function runFlagCase(
  proxy: WholeProxy,
  wanted: FlagCase,
  seen: SeenLines,
): Promise<{ readonly line: string; readonly counted: number }> {
  await wanted.before?.(proxy)
  const counted = async (): Promise<number> => (await proxy.stat(wanted.counter)) ?? 0
  const before = await counted()
  using client = await rawClient(proxy.port(wanted.listener))
  client.write(wanted.bytes)
  if (wanted.goesAfterMs === undefined) await client.closed()
  else await Bun.sleep(wanted.goesAfterMs)
  client.destroy()
  const line = await nextLine(`${proxy.folder}/${wanted.listener}.log`, seen)
  await eventually(`the count of ${wanted.counter}`, async () => (await counted()) > before, 1000).catch(() => {})
  const moved = (await counted()) - before
  await wanted.after?.(proxy)
  return { line, counted: moved }
}

async function nextLine(path: string, seen: SeenLines): Promise<string> {
  const at = seen.get(path) ?? 0
  const lines = (): readonly string[] => (existsSync(path) ? readFileSync(path, 'utf8').split('\n').slice(0, -1) : [])
  await eventually(`line ${at + 1} of ${path}`, async () => lines().length > at)
  seen.set(path, at + 1)
  return lines()[at] ?? ''
}
