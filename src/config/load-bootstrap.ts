/*
 * The way of a bootstrap: file and --config-yaml → trees → messages → merged → checked → looked over for what is legal
 * and cannot be meant. Everything that is wrong is collected; nothing is thrown because of input.
 */
import type { ConfigError, LoadedConfig, SourceMap, UnknownFields } from '../api/config.ts'
import { checkMessage } from './check/checked.ts'
import { mergeMessages } from './decode/merge.ts'
import { lintBootstrap } from './lint/lint-bootstrap.ts'
import { configErrors } from './report/config-errors.ts'
import { withoutConsequences } from './report/consequences.ts'
import { envoySchema } from './schema/envoy-schema.ts'
import type { BootstrapPart } from './source/bootstrap-part.ts'
import { filePart, textPart } from './source/bootstrap-part.ts'
import { sourceMapOf } from './source/source-map.ts'

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
  const parts: BootstrapPart[] = []
  const settings = {
    typeName: bootstrapType,
    unknownFields: options.unknownFields ?? 'error',
    readFile: options.readFile,
  }
  if (options.path !== undefined && options.path !== '') parts.push(filePart(options.path, settings))
  if (options.yaml !== undefined && options.yaml !== '')
    parts.push(textPart('--config-yaml', options.yaml, 'yaml', settings))
  return combine(parts)
}

function combine(parts: readonly BootstrapPart[]): LoadedConfig {
  const type = envoySchema.requireMessage(bootstrapType)
  const sourceMap: SourceMap = sourceMapOf(parts.flatMap((part) => part.source ?? []))
  const message = parts
    .map((part) => part.message)
    .reduce((base, over) => mergeMessages(envoySchema, type, base, over), {})
  const errors: ConfigError[] = parts.flatMap((part) => part.errors)
  const warnings: ConfigError[] = parts.flatMap((part) => part.warnings)
  const counts = { deprecated: 0, workInProgress: 0 }
  // After a text that could not be read at all, "needs …" would only be noise.
  if (parts.every((part) => part.readable)) {
    const checked = checkMessage(bootstrapType, message, true)
    Object.assign(counts, checked.counts)
    const mayHoldVariables = parts.some((part) => part.source?.text.includes('${') === true)
    const broken = withoutConsequences(checked.findings, errors)
    const found = configErrors([...broken, ...lintBootstrap(message, mayHoldVariables)], sourceMap)
    errors.push(...found.errors)
    warnings.push(...found.warnings)
  }
  return {
    ok: errors.length === 0,
    message,
    errors,
    warnings,
    sourceMap,
    unknownFields: parts.filter((part) => part.unknownFields > 0).length,
    deprecatedUses: counts.deprecated,
    workInProgressUses: counts.workInProgress,
  }
}
