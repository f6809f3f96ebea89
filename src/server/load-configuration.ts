/** From the command line's configuration to a proved bootstrap, or to everything that is wrong with it. */
import type { ConfigError, SourceMap } from '../api/config.ts'
import type { AccessLogFiles } from '../api/access-log.ts'
import type { ParseContext } from '../api/extension.ts'
import type { Options } from '../api/options.ts'
import { bootstrapType, loadBootstrap } from '../config/load-bootstrap.ts'
import { createParseContext } from '../config/parse-context.ts'
import { parseRoot } from '../config/parse-root.ts'
import { shownWarnings } from '../config/report/shown-warnings.ts'
import type { ExtensionRegistry } from '../registry/extension-registry.ts'
import { DnsCacheConfigs } from '../upstream/dns-cache/dns-cache-configs.ts'
import type { Bootstrap } from './bootstrap.ts'
import { parseBootstrap } from './bootstrap.ts'
import { bootstrapRegexLimits } from './regex-limits.ts'

export type LoadedConfiguration =
  | {
      readonly ok: true
      readonly bootstrap: Bootstrap
      /** What resources that come later are parsed with. */
      contextFor(clusterNames: ReadonlySet<string> | undefined): ParseContext
      /** Those that were asked for so far; resources that come later may bring more. */
      readonly dnsCaches: DnsCacheConfigs
      readonly warnings: readonly ConfigError[]
      readonly sourceMap: SourceMap
      readonly unknownFields: number
      readonly deprecatedUses: number
      readonly workInProgressUses: number
    }
  | {
      readonly ok: false
      readonly errors: readonly ConfigError[]
      readonly warnings: readonly ConfigError[]
      readonly sourceMap: SourceMap
    }

export interface LoadDeps {
  readonly registry: ExtensionRegistry
  /** Opens the files of access logs, which proves that they can be opened. */
  readonly accessLogFiles: AccessLogFiles
}

export function loadConfiguration(options: Options, deps: LoadDeps): LoadedConfiguration {
  const { registry, accessLogFiles } = deps
  if (options.configPath === '' && options.configYaml === '') return NOTHING_GIVEN
  const loaded = loadBootstrap({
    path: options.configPath,
    yaml: options.configYaml,
    unknownFields: options.allowUnknownStaticFields ? 'warn' : 'error',
  })
  const { sourceMap } = loaded
  const early = shownWarnings(loaded.warnings, options.skipDeprecatedLogs)
  if (!loaded.ok) return { ok: false, errors: loaded.errors, warnings: early, sourceMap }
  const dnsCaches = new DnsCacheConfigs()
  const contextFor = (clusterNames: ReadonlySet<string> | undefined): ParseContext => ({
    ...createParseContext(registry, { clusterNames, accessLogFiles }),
    require: () => undefined,
    requireDnsCache: (request) => dnsCaches.require(request),
  })
  const parsed = parseRoot(
    bootstrapType,
    loaded.message,
    {
      sourceMap,
      allowUnsupported: options.allowUnsupportedFields,
      regexLimits: bootstrapRegexLimits(loaded.message, options.serviceCluster),
    },
    (reader) =>
      parseBootstrap(reader, {
        contextFor,
        statsTags: options.statsTags,
      }),
  )
  const warnings = [...early, ...parsed.warnings]
  if (!parsed.ok) return { ok: false, errors: parsed.errors, warnings, sourceMap }
  const { unknownFields, deprecatedUses, workInProgressUses } = loaded
  const bootstrap = parsed.value
  const counts = { unknownFields, deprecatedUses, workInProgressUses }
  const { defaultTracer } = bootstrap
  const laterContextFor: typeof contextFor = (names) => ({ ...contextFor(names), defaultTracer })
  return { ok: true, bootstrap, contextFor: laterContextFor, dnsCaches, warnings, sourceMap, ...counts }
}

const NOTHING_GIVEN: LoadedConfiguration = {
  ok: false,
  errors: [
    {
      id: 'NU306',
      severity: 'error',
      path: '',
      message: 'At least one of --config-path or --config-yaml or Options::configProto() should be non-empty',
    },
  ],
  warnings: [],
  sourceMap: { locate: () => undefined, lines: () => undefined },
}
