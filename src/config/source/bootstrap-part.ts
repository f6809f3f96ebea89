/* One of the things that a bootstrap is merged from: the file, or the text of --config-yaml. */
import { readFileSync } from 'node:fs'
import type { ConfigError, Message, UnknownFields } from '../../api/config.ts'
import { decodeMessage } from '../decode/decode-message.ts'
import type { ElementMemo } from '../decode/element-memo.ts'
import { lintText } from '../lint/lint-text.ts'
import { wireTree } from '../proto/wire-tree.ts'
import { WireProblem } from '../proto/wire.ts'
import { configErrors } from '../report/config-errors.ts'
import { envoySchema } from '../schema/envoy-schema.ts'
import type { TextualFormat } from './config-text.ts'
import { readConfigText } from './config-text.ts'
import { ownBlocks } from './own-blocks.ts'
import { sourceMapOf } from './source-map.ts'
import type { SourceText } from './source-text.ts'
import { formatOfPath } from './text-format.ts'
import { utf8Problem } from './utf8-problem.ts'
import { yamlCharacters } from './yaml-characters.ts'
import { unreadableFile } from './unreadable-file.ts'

const BOOTSTRAP = 'envoy.config.bootstrap.v3.Bootstrap'

export interface BootstrapPart {
  /** Undefined for what is no text. */
  readonly source: SourceText | undefined
  /** False when not even a tree came out. */
  readonly readable: boolean
  readonly message: Message
  readonly errors: readonly ConfigError[]
  readonly warnings: readonly ConfigError[]
  readonly unknownFields: number
}

export interface PartSettings {
  readonly typeName: string
  readonly unknownFields: UnknownFields
  readonly readFile: ((path: string) => Uint8Array) | undefined
  /** Of a file that is read more than once. */
  readonly memo?: ElementMemo | undefined
}

export function filePart(path: string, settings: PartSettings): BootstrapPart {
  const readFile = settings.readFile ?? readFileSync
  let bytes: Uint8Array
  try {
    bytes = readFile(path)
  } catch (error) {
    return failed(undefined, unreadableFile(path, error))
  }
  const format = formatOfPath(path)
  if (format === 'pb') return binaryPart(path, bytes, settings)
  // To JSON and protobuf's text format a byte order mark is a character that nobody expects.
  const text = format === 'yaml' ? yamlCharacters(bytes) : new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes)
  const problem = format === 'json' ? utf8Problem(path, bytes, text) : undefined
  return problem === undefined ? textPart(path, text, format, settings) : failed(undefined, problem)
}

export function textPart(file: string, text: string, format: TextualFormat, settings: PartSettings): BootstrapPart {
  const read = readConfigText(file, text, format, settings.typeName)
  const { source } = read
  if (read.problem !== undefined) return failed(source, read.problem)
  // What comes later has no blocks of its own: there Envoy lets unknown fields pass.
  const own = settings.typeName === BOOTSTRAP ? ownBlocks(read.tree, source) : { tree: read.tree, warnings: [] }
  const { message, findings, unknownFields } = decodeMessage(
    settings.typeName,
    own.tree,
    settings.unknownFields,
    // It tells elements apart by what they look like, which does not show keys that came again.
    read.joinsDuplicates && read.duplicates > 0 ? undefined : settings.memo,
  )
  const { errors, warnings } = configErrors(findings, sourceMapOf([source]))
  const said = onceForEachKey(errors, lintText(read))
  return {
    source,
    readable: true,
    message,
    unknownFields,
    errors: said.errors,
    warnings: [...said.warnings, ...own.warnings, ...warnings],
  }
}

/** Where a key that came again is an error, that one says where the first stands. */
function onceForEachKey(
  errors: readonly ConfigError[],
  repeated: readonly ConfigError[],
): { readonly errors: readonly ConfigError[]; readonly warnings: readonly ConfigError[] } {
  const placeOf = ({ place }: ConfigError): string => `${place?.line}:${place?.column}`
  const firsts = new Map(repeated.flatMap((each) => (each.related ? [[placeOf(each), each.related] as const] : [])))
  const refused = new Set(errors.map(placeOf))
  return {
    errors: errors.map((error) => ({ ...firstOf(firsts.get(placeOf(error))), ...error })),
    warnings: repeated.filter((each) => !refused.has(placeOf(each))),
  }
}

function firstOf(related: ConfigError['related']): Pick<ConfigError, 'related'> {
  return related === undefined ? {} : { related }
}

function binaryPart(file: string, bytes: Uint8Array, settings: PartSettings): BootstrapPart {
  let tree: unknown
  try {
    tree = wireTree(envoySchema, settings.typeName, bytes)
  } catch (problem) {
    if (!(problem instanceof WireProblem)) throw problem
    const message = `Unable to parse file "${file}" as a binary protobuf (type ${settings.typeName}): ${problem.message}`
    return failed(undefined, { id: 'NU305', severity: 'error', path: '', message })
  }
  const { message, findings, unknownFields } = decodeMessage(
    settings.typeName,
    tree,
    settings.unknownFields,
    settings.memo,
  )
  return { source: undefined, readable: true, message, unknownFields, ...configErrors(findings, undefined) }
}

function failed(source: SourceText | undefined, error: ConfigError): BootstrapPart {
  return { source, readable: false, message: {}, errors: [error], warnings: [], unknownFields: 0 }
}
