/** envoy.config.core.v3.HealthCheck, for the main thread. */
import type { Message, Reader } from '../../api/config.ts'
import type { ParseContext } from '../../api/extension.ts'
import { speaksHttp2 } from '../config/speaks-http2.ts'
import { labelled } from '../transport/transport-config.ts'
import type { CustomHealthCheck } from './custom-health-check.ts'
import type { HttpHealthCheck } from './http-health-check-config.ts'
import { readHttpHealthCheck } from './http-health-check-config.ts'
import type { TcpHealthCheck } from './tcp-health-check-config.ts'
import { readTcpHealthCheck } from './tcp-health-check-config.ts'

/** Times in milliseconds. */
export interface HealthCheckConfig {
  /** '' when none; of several checks each has one of its own. */
  readonly name: string
  readonly timeoutMs: number
  readonly unhealthyThreshold: number
  readonly healthyThreshold: number
  readonly intervals: HealthCheckIntervals
  readonly initialJitterMs: number
  readonly intervalJitterMs: number
  /** Of the interval. */
  readonly intervalJitterPercent: number
  readonly reuseConnection: boolean
  /** Files that events go to. */
  readonly eventLogs: readonly string[]
  readonly alwaysLogFailures: boolean
  readonly alwaysLogSuccess: boolean
  /** Metadata that the transport socket is chosen by, in place of the host's; undefined: the host's. */
  readonly socketLabels: Message | undefined
  readonly check: HttpHealthCheck | TcpHealthCheck | CustomHealthCheck
}

export interface HealthCheckIntervals {
  readonly healthyMs: number
  /** Until a healthy threshold is reached. */
  readonly healthyEdgeMs: number
  readonly unhealthyMs: number
  readonly unhealthyEdgeMs: number
  /** While the cluster has not had a connection yet. */
  readonly noTrafficMs: number
  readonly noTrafficHealthyMs: number
}

const DEFAULT_NO_TRAFFIC_INTERVAL_MS = 60_000
const FILE_SINK = 'envoy.extensions.health_check.event_sinks.file.v3.HealthCheckEventFileSink'

/** None: the cluster is not checked. */
export function readHealthChecks(cluster: Reader, context: ParseContext): readonly HealthCheckConfig[] {
  const names: string[] = []
  const checks = cluster.messages('health_checks', (reader) => {
    names.push(reader.string('name'))
    return readOne(reader, cluster, context)
  })
  if (names.length > 1) checkNames(cluster, names)
  return checks.filter((check) => check !== undefined)
}

function checkNames(cluster: Reader, names: readonly string[]): void {
  const nameless = names.indexOf('')
  const twice = names.findIndex((name, index) => names.indexOf(name) !== index)
  if (nameless >= 0) {
    const message = `health check at index ${nameless} is missing a name; all health checks must have a name when multiple health checks are configured`
    cluster.error('health_checks', 'NU163', message)
  } else if (twice >= 0) {
    const message = `duplicate health check name '${names[twice]}' at index ${twice}; all health check names must be unique within a cluster`
    cluster.error('health_checks', 'NU163', message)
  }
}

function readOne(reader: Reader, cluster: Reader, context: ParseContext): HealthCheckConfig | undefined {
  reader.ignore('alt_port', 'Envoy does not use it either; endpoints have a port of their own for checks')
  if (!cluster.has('transport_socket')) reader.ignore('tls_options', 'for clusters with TLS')
  const check = readCheck(reader, cluster, context)
  const config = {
    name: reader.string('name'),
    timeoutMs: reader.durationMs('timeout', 0),
    unhealthyThreshold: reader.number('unhealthy_threshold', 0),
    healthyThreshold: reader.number('healthy_threshold', 0),
    intervals: readIntervals(reader),
    initialJitterMs: reader.durationMs('initial_jitter', 0),
    intervalJitterMs: reader.durationMs('interval_jitter', 0),
    intervalJitterPercent: reader.number('interval_jitter_percent', 0),
    reuseConnection: reader.bool('reuse_connection', true),
    eventLogs: readEventLogs(reader, context),
    alwaysLogFailures: reader.bool('always_log_health_check_failures', false),
    alwaysLogSuccess: reader.bool('always_log_health_check_success', false),
    socketLabels: readSocketLabels(reader),
  }
  return check === undefined ? undefined : { ...config, check }
}

function readSocketLabels(reader: Reader): Message | undefined {
  const labels = reader.struct('transport_socket_match_criteria')
  return labels === undefined ? undefined : labelled(labels)
}

function readCheck(reader: Reader, cluster: Reader, context: ParseContext): HealthCheckConfig['check'] | undefined {
  switch (reader.oneof('health_checker')) {
    case 'http_health_check':
      return reader.message('http_health_check', readHttpHealthCheck)
    case 'tcp_health_check':
      return reader.message('tcp_health_check', readTcpHealthCheck)
    case 'grpc_health_check':
      reader.message('grpc_health_check', (grpc) => grpc.keep())
      if (speaksHttp2(cluster.json)) reader.unsupported('grpc_health_check', 'grpc_health_check')
      else reader.error('grpc_health_check', 'NU163', 'a cluster must support HTTP/2 for gRPC healthchecking')
      return undefined
    case 'custom_health_check':
      return readCustom(reader, context)
    default:
      return undefined
  }
}

function readCustom(reader: Reader, context: ParseContext): CustomHealthCheck | undefined {
  const found = context.extension(reader, 'custom_health_check', 'envoy.health_checkers')
  // What extensions of the category parse to, see `CustomHealthCheck`.
  return found?.config as CustomHealthCheck | undefined
}

function readIntervals(reader: Reader): HealthCheckIntervals {
  const healthyMs = reader.durationMs('interval', 0)
  const unhealthyMs = reader.durationMs('unhealthy_interval', healthyMs)
  const noTrafficMs = reader.durationMs('no_traffic_interval', DEFAULT_NO_TRAFFIC_INTERVAL_MS)
  return {
    healthyMs,
    healthyEdgeMs: reader.durationMs('healthy_edge_interval', healthyMs),
    unhealthyMs,
    unhealthyEdgeMs: reader.durationMs('unhealthy_edge_interval', unhealthyMs),
    noTrafficMs,
    noTrafficHealthyMs: reader.durationMs('no_traffic_healthy_interval', noTrafficMs),
  }
}

function readEventLogs(reader: Reader, context: ParseContext): readonly string[] {
  const paths = readSinks(reader)
  const own = reader.string('event_log_path')
  if (own === '') return paths
  checkFile(reader, own, context)
  return [...paths, own]

  function readSinks(check: Reader): string[] {
    return check.messages('event_logger', (sink) => {
      const name = sink.string('name')
      const any = sink.any('typed_config')
      if (any === undefined) return ''
      if (any.typeName !== FILE_SINK) {
        any.reader.keep()
        sink.error('typed_config', 'NU124', notFound(name, any.typeName))
        return ''
      }
      const path = any.reader.string('event_log_path')
      checkFile(any.reader, path, context)
      return path
    })
  }
}

function notFound(name: string, typeName: string): string {
  return `Didn't find a registered implementation for '${name}' with type URL: '${typeName}'`
}

function checkFile(reader: Reader, path: string, context: ParseContext): void {
  if (path === '') return
  const opened = context.accessLogFiles.open(path)
  if ('error' in opened) reader.error('event_log_path', 'NU156', opened.error)
}
