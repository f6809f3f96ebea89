/** %DYNAMIC_METADATA%, %CLUSTER_METADATA%, %UPSTREAM_METADATA%, %METADATA(TYPE:namespace:key…)%. */
import type { StreamInfo } from '../../api/stream-info.ts'
import { toWireText } from '../../base/wire-text.ts'
import { jsonOfValue } from '../json-text.ts'
import type { CompiledOperator, Operator, OperatorKind, OperatorTable } from '../operator.ts'

/** All metadata of one thing, or (dynamic metadata) what one namespace holds. */
type Source = (info: StreamInfo, namespace: string) => unknown

type MetadataMessage = Readonly<Record<string, unknown>> | undefined

/** `metadata` is an envoy.config.core.v3.Metadata, or only its `filter_metadata`. */
function inMessage(metadata: (info: StreamInfo) => MetadataMessage): Source {
  return (info, namespace) => {
    const message = metadata(info)
    return member(member(message, 'filter_metadata') ?? message, namespace)
  }
}

function member(value: unknown, key: string): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value) || !Object.hasOwn(value, key))
    return undefined
  return (value as Readonly<Record<string, unknown>>)[key]
}

const dynamic: Source = (info, namespace) => info.dynamicMetadata?.get(namespace)

const SOURCES: Readonly<Record<string, Source>> = {
  DYNAMIC: dynamic,
  CLUSTER: inMessage((info) => info.upstreamCluster?.metadata),
  ROUTE: inMessage((info) => info.route?.metadata),
  UPSTREAM_HOST: inMessage((info) => info.upstream?.host?.metadata),
  LISTENER: inMessage((info) => info.filterChain?.listener.metadata),
  LISTENER_FILTER_CHAIN: inMessage((info) => info.filterChain?.metadata),
  VIRTUAL_HOST: inMessage((info) => info.virtualHost?.metadata),
}

/** A string is printed as it is, everything else as JSON; an empty path is the whole namespace. */
function metadataOperator(source: Source, [namespace = '', ...path]: readonly string[]): Operator {
  const value = ({ streamInfo }: { readonly streamInfo: StreamInfo }) => {
    let found = source(streamInfo, namespace)
    for (let i = 0; i < path.length && found !== undefined; i++) found = member(found, path[i]!)
    return found
  }
  return {
    text: (context) => {
      const found = value(context)
      if (found === undefined || found === null) return undefined
      return typeof found === 'string' ? toWireText(found) : jsonOfValue(found)
    },
    json: (context) => {
      const found = value(context)
      return found === undefined ? undefined : jsonOfValue(found)
    },
  }
}

function ofSource(source: Source, truncates: boolean): OperatorKind {
  return {
    parameters: 'required',
    truncates,
    compile: (parameter) => metadataOperator(source, parameter.split(':')),
  }
}

function compileMetadata(parameter: string): CompiledOperator {
  const [type = '', ...path] = parameter.split(':')
  const source = Object.hasOwn(SOURCES, type) ? SOURCES[type] : undefined
  return source === undefined ? { error: `${type} is not supported type of metadata` } : metadataOperator(source, path)
}

export const METADATA_OPERATORS: OperatorTable = {
  DYNAMIC_METADATA: ofSource(dynamic, true),
  CLUSTER_METADATA: ofSource(SOURCES['CLUSTER']!, false),
  UPSTREAM_METADATA: ofSource(SOURCES['UPSTREAM_HOST']!, false),
  METADATA: { parameters: 'optional', truncates: true, compile: compileMetadata },
}
