/** envoy.type.tracing.v3.CustomTag: a tag that spans have besides the standard ones. */
import type { FormatterContext } from '../../api/access-log.ts'
import type { Reader } from '../../api/config.ts'
import type { StreamInfo } from '../../api/stream-info.ts'
import type { CustomTag, TagType } from '../../api/tracing.ts'
import { generalFormat } from '../../base/number-format.ts'
import { toWireText } from '../../base/wire-text.ts'
import { compileFormat } from '../../formatter/compile-format.ts'

type Source = (context: FormatterContext) => string | undefined

/** `counts`: which of a name does, in spans the first, in logs the last. */
export function readCustomTags(reader: Reader, counts: 'first' | 'last' = 'first'): readonly CustomTag[] {
  const tags = new Map<string, CustomTag>()
  for (const tag of reader.messages('custom_tags', readCustomTag)) {
    if (counts === 'last' || !tags.has(tag.name)) tags.set(tag.name, tag)
  }
  return [...tags.values()]
}

function readCustomTag(reader: Reader): CustomTag {
  const kind = reader.oneof('type')
  const source = readSource(reader, kind)
  // Only metadata that is there may be an empty text.
  const mayBeEmpty = kind === 'metadata'
  return {
    name: toWireText(reader.string('tag')),
    type: reader.enumeration<TagType>('value_type', 'UNSPECIFIED'),
    text: (context) => {
      const text = source(context)
      return text === '' && !mayBeEmpty ? undefined : text
    },
  }
}

function readSource(reader: Reader, kind: string | undefined): Source {
  switch (kind) {
    case 'literal': {
      const text = toWireText(reader.message('literal', (literal) => literal.string('value')) ?? '')
      return () => text
    }
    case 'environment': {
      const text = toWireText(reader.message('environment', readEnvironment) ?? '')
      return () => text
    }
    case 'request_header':
      return reader.message('request_header', readHeader) ?? NOTHING
    case 'metadata':
      return reader.message('metadata', readMetadata) ?? NOTHING
    case 'value':
      return readFormat(reader)
    default:
      return NOTHING
  }
}

const NOTHING: Source = () => undefined

function readEnvironment(reader: Reader): string {
  const otherwise = reader.string('default_value')
  return process.env[reader.string('name')] ?? otherwise
}

function readHeader(reader: Reader): Source {
  const name = reader.string('name').toLowerCase()
  const otherwise = toWireText(reader.string('default_value'))
  return ({ request }) => request?.get(name) ?? otherwise
}

function readFormat(reader: Reader): Source {
  const compiled = compileFormat(reader.string('value'), { unset: '' })
  if (compiled.ok) return (context) => compiled.formatter.format(context)
  reader.error('value', 'NU152', compiled.message)
  return NOTHING
}

type Metadata = Readonly<Record<string, unknown>> | undefined

const KINDS: Readonly<Record<string, (info: StreamInfo, namespace: string) => unknown>> = {
  request: (info, namespace) => info.dynamicMetadata?.get(namespace),
  route: (info, namespace) => inMessage(info.route?.metadata, namespace),
  cluster: (info, namespace) =>
    info.upstream?.host === undefined ? undefined : inMessage(info.upstreamCluster?.metadata, namespace),
  host: (info, namespace) => inMessage(info.upstream?.host?.metadata, namespace),
}

/** `metadata` is an envoy.config.core.v3.Metadata, or only its `filter_metadata`. */
function inMessage(metadata: Metadata, namespace: string): unknown {
  return member(member(metadata, 'filter_metadata') ?? metadata, namespace)
}

function member(value: unknown, key: string): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value) || !Object.hasOwn(value, key))
    return undefined
  return (value as Readonly<Record<string, unknown>>)[key]
}

function readMetadata(reader: Reader): Source {
  const kind = reader.message('kind', (message) => {
    const name = message.oneof('kind') ?? ''
    message.message(name, () => undefined)
    return name
  })
  const [namespace, path] = reader.message('metadata_key', readKey) ?? ['', NO_PATH]
  const defaultValue = reader.string('default_value')
  const otherwise = defaultValue === '' ? undefined : toWireText(defaultValue)
  const find = KINDS[kind ?? '']
  if (find === undefined) return () => otherwise
  return ({ streamInfo }) => {
    let value = find(streamInfo, namespace)
    for (let i = 0; i < path.length && value !== undefined; i++) value = member(value, path[i]!)
    return textOf(value) ?? otherwise
  }
}

const NO_PATH: readonly string[] = []

function readKey(reader: Reader): readonly [namespace: string, path: readonly string[]] {
  return [reader.string('key'), reader.messages('path', (segment) => segment.string('key'))]
}

function textOf(value: unknown): string | undefined {
  switch (typeof value) {
    case 'string':
      return toWireText(value)
    case 'number':
      return generalFormat(value, 6)
    case 'boolean':
      return value ? 'true' : 'false'
    case 'object':
      return value === null ? undefined : toWireText(JSON.stringify(value))
    default:
      return undefined
  }
}
