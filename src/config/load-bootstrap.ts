/*
 * The way of a bootstrap: file and --config-yaml → trees → messages → merged → checked. Everything that is wrong is
 * collected; nothing is thrown because of input.
 */
import { readFileSync } from 'node:fs'
import type { ConfigError, LoadedConfig, Message, SourceMap, UnknownFields } from '../api/config.ts'
import { checkMessage } from './check/checked.ts'
import { decodeMessage } from './decode/decode-message.ts'
import { mergeMessages } from './decode/merge.ts'
import { configErrors } from './report/config-errors.ts'
import { envoySchema } from './schema/envoy-schema.ts'
import { readConfigText } from './source/config-text.ts'
import { sourceMapOf } from './source/source-map.ts'
import type { SourceText } from './source/source-text.ts'
import { formatOfPath } from './source/text-format.ts'

export interface LoadOptions {
  /** --config-path */
  readonly path?: string
  /** --config-yaml, merged over the file. */
  readonly yaml?: string
  /** Default: 'error'. */
  readonly unknownFields?: UnknownFields
  readonly readFile?: (path: string) => Uint8Array
}

export const bootstrapType = 'envoy.config.bootstrap.v3.Bootstrap'

export function loadBootstrap(options: LoadOptions): LoadedConfig {
  const parts: Part[] = []
  if (options.path !== undefined && options.path !== '') parts.push(filePart(options.path, options))
  if (options.yaml !== undefined && options.yaml !== '')
    parts.push(textPart('--config-yaml', options.yaml, 'yaml', options))
  return combine(parts)
}

interface Part {
  readonly source: SourceText | undefined
  readonly message: Message
  readonly errors: readonly ConfigError[]
  readonly warnings: readonly ConfigError[]
  readonly unknownFields: number
}

function filePart(path: string, options: LoadOptions): Part {
  const readFile = options.readFile ?? readFileSync
  let bytes: Uint8Array
  try {
    bytes = readFile(path)
  } catch (error) {
    return failed({ id: 'NU304', severity: 'error', path: '', message: `Invalid path: ${path}: ${String(error)}` })
  }
  const format = formatOfPath(path)
  return textPart(path, new TextDecoder().decode(bytes), format === 'yaml' ? 'yaml' : 'json', options)
}

function textPart(file: string, text: string, format: 'yaml' | 'json', options: LoadOptions): Part {
  const { source, tree, problem } = readConfigText(file, text, format)
  if (problem !== undefined) return failed(problem)
  const { message, findings, unknownFields } = decodeMessage(bootstrapType, tree, options.unknownFields ?? 'error')
  return { source, message, unknownFields, ...configErrors(findings, sourceMapOf([source])) }
}

function failed(error: ConfigError): Part {
  return { source: undefined, message: {}, errors: [error], warnings: [], unknownFields: 0 }
}

function combine(parts: readonly Part[]): LoadedConfig {
  const type = envoySchema.requireMessage(bootstrapType)
  const sourceMap: SourceMap = sourceMapOf(parts.flatMap((part) => part.source ?? []))
  const message = parts
    .map((part) => part.message)
    .reduce((base, over) => mergeMessages(envoySchema, type, base, over), {})
  const readable = parts.every((part) => part.source !== undefined)
  // After a text that could not be read at all, "needs …" would only be noise.
  const checked = readable
    ? checkMessage(bootstrapType, message)
    : { findings: [], counts: { deprecated: 0, workInProgress: 0 } }
  const rules = configErrors(checked.findings, sourceMap)
  const errors = [...parts.flatMap((part) => part.errors), ...rules.errors]
  const warnings = [...parts.flatMap((part) => part.warnings), ...rules.warnings]
  return {
    ok: errors.length === 0,
    message,
    errors,
    warnings,
    sourceMap,
    unknownFields: parts.reduce((sum, part) => sum + part.unknownFields, 0),
    deprecatedUses: checked.counts.deprecated,
    workInProgressUses: checked.counts.workInProgress,
  }
}
