/**
 * What `--mode validate` finds about subscriptions: a start would end there. As in Envoy, the listeners' own (LDS) is not
 * looked at.
 */
import type { ConfigError, FieldPath, Message, SourceMap } from '../api/config.ts'
import type { LocalInfo } from '../api/extension.ts'
import type { Finding } from '../config/decode/finding.ts'
import { configErrors } from '../config/report/config-errors.ts'
import { subscriptionProblem } from '../xds/subscription-problem.ts'

/** Fields that hold a ConfigSource, and what comes from there. */
const RESOURCES: ReadonlyMap<string, string> = new Map([
  ['cds_config', 'envoy.config.cluster.v3.Cluster'],
  ['eds_config', 'envoy.config.endpoint.v3.ClusterLoadAssignment'],
  ['config_source', 'envoy.config.route.v3.RouteConfiguration'],
  ['rtds_config', 'envoy.service.runtime.v3.Runtime'],
])

/** Messages that hold such a field, told by the name of their own; `config_source` is also what other fields are called. */
const HOLDERS: ReadonlyMap<string, string> = new Map([
  ['dynamic_resources', 'cds_config'],
  ['eds_cluster_config', 'eds_config'],
  ['rds', 'config_source'],
  ['rtds_layer', 'rtds_config'],
])

export function validateSubscriptions(
  bootstrap: Message,
  localInfo: Pick<LocalInfo, 'nodeId' | 'clusterName'>,
  sourceMap: SourceMap,
): readonly ConfigError[] {
  const findings: Finding[] = []
  walk(bootstrap, [], (holder, name, path) => {
    const field = HOLDERS.get(name)
    const typeName = RESOURCES.get(field ?? '')
    const source = field === undefined ? undefined : messageIn(holder, field)
    if (field === undefined || typeName === undefined || source === undefined) return
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
