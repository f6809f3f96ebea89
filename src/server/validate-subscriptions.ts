/**
 * What `--mode validate` finds about subscriptions: a start would end there. As in Envoy, the listeners' own (LDS) is not
 * looked at.
 */
import type { ConfigError, FieldPath, Message, SourceMap } from '../api/config.ts'
import type { LocalInfo } from '../api/extension.ts'
import type { Finding } from '../config/decode/finding.ts'
import { configErrors } from '../config/report/config-errors.ts'
import { subscriptionProblem } from '../xds/subscription-problem.ts'

interface Holder {
  /** Holds a ConfigSource. */
  readonly field: string
  /** What comes from there. */
  readonly typeName: string
}

/** Messages that hold a ConfigSource, told by the name of their own. */
const HOLDERS: ReadonlyMap<string, Holder> = new Map([
  ['dynamic_resources', { field: 'cds_config', typeName: 'envoy.config.cluster.v3.Cluster' }],
  ['eds_cluster_config', { field: 'eds_config', typeName: 'envoy.config.endpoint.v3.ClusterLoadAssignment' }],
  ['scoped_rds', { field: 'scoped_rds_config_source', typeName: 'envoy.config.route.v3.ScopedRouteConfiguration' }],
  ['rds', { field: 'config_source', typeName: 'envoy.config.route.v3.RouteConfiguration' }],
  ['rtds_layer', { field: 'rtds_config', typeName: 'envoy.service.runtime.v3.Runtime' }],
  ['dynamic_config', { field: 'config_source', typeName: 'envoy.type.v3.TokenBucket' }],
  ['config_discovery', { field: 'config_source', typeName: 'envoy.config.core.v3.TypedExtensionConfig' }],
])

export function validateSubscriptions(
  bootstrap: Message,
  localInfo: Pick<LocalInfo, 'nodeId' | 'clusterName'>,
  sourceMap: SourceMap,
): readonly ConfigError[] {
  const findings: Finding[] = []
  walk(bootstrap, [], (holder, name, path) => {
    const { field, typeName } = HOLDERS.get(name) ?? NOTHING
    const source = messageIn(holder, field)
    if (source === undefined) return
    const file = messageIn(source, 'path_config_source') ?? source
    if (typeof file['path'] !== 'string') return
    const watched = messageIn(file, 'watched_directory')?.['path']
    const watchedDirectory = typeof watched === 'string' ? watched : undefined
    const message = subscriptionProblem({ kind: 'path', path: file['path'], watchedDirectory }, typeName, localInfo)
    if (message !== undefined)
      findings.push({ id: 'NU156', severity: 'error', message, path: [...path, field], of: 'value' })
  })
  return configErrors(findings, sourceMap).errors
}

const NOTHING: Holder = { field: '', typeName: '' }

function walk(value: unknown, path: FieldPath, visit: (holder: Message, name: string, path: FieldPath) => void): void {
  if (Array.isArray(value)) return value.forEach((item, index) => walk(item, [...path, index], visit))
  if (!isMessage(value)) return
  const inside: FieldPath = typeof value['@type'] === 'string' ? [...path, { any: true }] : path
  for (const [name, child] of Object.entries(value)) {
    if (isMessage(child)) visit(child, name, [...inside, name])
    walk(child, [...inside, name], visit)
  }
}

function messageIn(message: Message, field: string): Message | undefined {
  const value: unknown = message[field]
  return isMessage(value) ? value : undefined
}

function isMessage(value: unknown): value is Message {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
