/** envoy.service.discovery.v3.DiscoveryResponse out of a file: its resources, decoded and checked. */
import type { ConfigError, Message, UnknownFields } from '../api/config.ts'
import type { DiscoveredResource } from '../api/subscription.ts'
import { checkMessage } from '../config/check/checked.ts'
import type { DeprecationCounts } from '../config/check/deprecated.ts'
import type { Finding } from '../config/decode/finding.ts'
import type { ElementMemo } from '../config/decode/element-memo.ts'
import { configErrors } from '../config/report/config-errors.ts'
import { criticalText } from '../config/report/critical-text.ts'
import { filePart } from '../config/source/bootstrap-part.ts'
import { sourceMapOf } from '../config/source/source-map.ts'

const RESPONSE = 'envoy.service.discovery.v3.DiscoveryResponse'
const RESOURCE = 'envoy.service.discovery.v3.Resource'
/** A bad one does not keep the others away. */
const MADE_ONE_BY_ONE: ReadonlySet<string> = new Set([
  'envoy.config.listener.v3.Listener',
  'envoy.config.cluster.v3.Cluster',
])
const MOST_ERRORS = 3

export type DiscoveryFile =
  | {
      readonly ok: true
      readonly version: string
      readonly resources: readonly DiscoveredResource[]
      readonly unknownFields: number
      /** As often as Envoy checks them. */
      readonly uses: Readonly<DeprecationCounts>
      readonly warnings: readonly ConfigError[]
    }
  | { readonly ok: false; readonly failure: 'unreadable' | 'rejected'; readonly message: string }

/** `typeName`: full proto name that every resource must have. `memo`: of what the same file had before. */
export function readDiscoveryFile(
  path: string,
  typeName: string,
  unknownFields: UnknownFields,
  memo?: ElementMemo,
): DiscoveryFile {
  memo?.begin()
  const part = filePart(path, { typeName: RESPONSE, unknownFields, readFile: undefined, memo })
  if (part.errors.length > 0) return refused('unreadable', part.errors)
  const list = part.message['resources']
  const resources: DiscoveredResource[] = []
  for (const any of Array.isArray(list) ? (list as readonly Message[]) : []) {
    const found = unwrapped(any, typeName)
    if (typeof found === 'string') return { ok: false, failure: 'rejected', message: found }
    resources.push(found)
  }
  const checked = checkMessage(RESPONSE, part.message, false, memo)
  const sourceMap = part.source === undefined ? undefined : sourceMapOf([part.source])
  const isOfOne = (finding: Finding): boolean =>
    MADE_ONE_BY_ONE.has(typeName) && finding.severity === 'error' && isInsideOfResource(finding)
  const ofOne = checked.findings.filter(isOfOne)
  const found = configErrors(
    ofOne.length === 0 ? checked.findings : checked.findings.filter((each) => !isOfOne(each)),
    sourceMap,
  )
  if (found.errors.length > 0) return refused('rejected', found.errors)
  const problemOf = (index: number): Pick<DiscoveredResource, 'problem'> => {
    const { errors } = configErrors(
      ofOne.filter(({ path }) => path[1] === index),
      sourceMap,
    )
    return errors.length === 0 ? {} : { problem: criticalText(errors, MOST_ERRORS) }
  }
  return {
    ok: true,
    version: textOf(part.message['version_info']),
    resources: ofOne.length === 0 ? resources : resources.map((each, index) => ({ ...each, ...problemOf(index) })),
    unknownFields: part.unknownFields,
    uses: checked.counts,
    warnings: [...part.warnings, ...found.warnings],
  }
}

/** What Envoy finds when it makes something of the resource, not when it reads the file. */
function isInsideOfResource({ path }: Finding): boolean {
  const isWrapped = path[3] === 'resource'
  return path.slice(isWrapped ? 5 : 3).some((segment) => typeof segment === 'object' && 'any' in segment)
}

/** The resource in an Any, or in a Resource in an Any; the text of what it is instead. */
function unwrapped(any: Message, typeName: string): DiscoveredResource | string {
  const { '@type': url, ...message } = any
  const found = textOf(url).slice(textOf(url).lastIndexOf('/') + 1)
  if (found === RESOURCE && typeof message['resource'] === 'object') {
    // An Any by the schema.
    const inner = unwrapped(message['resource'] as Message, typeName)
    // Not every resource has a name of its own.
    return typeof inner === 'string' || inner.name !== '' ? inner : { ...inner, name: textOf(message['name']) }
  }
  if (found !== typeName) return `Unable to unpack as ${typeName}: [${textOf(url)}]`
  return { name: textOf(message[found.endsWith('.ClusterLoadAssignment') ? 'cluster_name' : 'name']), message }
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : ''
}

function refused(failure: 'unreadable' | 'rejected', errors: readonly ConfigError[]): DiscoveryFile {
  return { ok: false, failure, message: criticalText(errors, MOST_ERRORS) }
}
