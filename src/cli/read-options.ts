/** From the values of flags to `Options`: defaults, conflicts and the texts of errors are Envoy's, as observed. */
import type { Options, OptionsNotice, StatsTag } from '../api/options.ts'
import { DEFAULT_LOG_PATTERN } from '../log/default-pattern.ts'
import { parseComponentLevels, parseLogLevel } from './log-options.ts'
import type { Machine } from './machine.ts'
import { usableThreads } from './machine.ts'
import { OptionError } from './option-error.ts'
import { refuseUnbuilt } from './refusals.ts'
import type { ValueReaders } from './value-readers.ts'
import { oneOf, parseGraceMs } from './value-readers.ts'

const MS_PER_SECOND = 1000
const BYTES_PER_KB = 1024
const DEFAULT_SOCKET_PATH = '@envoy_domain_socket'

export interface ReadOptions {
  readonly options: Options
  readonly notices: readonly OptionsNotice[]
}

export function readOptions(flags: ValueReaders, machine: Machine): ReadOptions {
  const notices: OptionsNotice[] = []
  const options: Options = {
    ...readConfigSource(flags, notices),
    ...readThreads(flags, machine, notices),
    ...readLogging(flags),
    ...readNode(flags),
    ...readHotRestart(flags),
    drainTimeMs: flags.number('drain-time-s', 600) * MS_PER_SECOND,
    drainStrategy: oneOf(flags.text('drain-strategy', 'gradual'), ['gradual', 'immediate'], 'drain-strategy'),
    disabledExtensions: flags
      .text('disable-extensions')
      .split(',')
      .filter((item) => item !== ''),
    statsTags: flags.list('stats-tag').map(parseStatsTag),
    enableMutexTracing: flags.on('enable-mutex-tracing'),
    enableCoreDump: flags.on('enable-core-dump'),
    workerAffinity: oneOf(flags.text('worker-affinity', 'auto'), ['auto', 'none'], 'worker-affinity'),
    sigtermGraceMs: parseGraceMs(flags.text('sigterm-grace', '5s')),
  }
  refuseUnbuilt(flags)
  return { options, notices }
}

type Part<K extends keyof Options> = Pick<Options, K>

function readConfigSource(
  flags: ValueReaders,
  notices: OptionsNotice[],
): Part<
  | 'configPath'
  | 'configYaml'
  | 'mode'
  | 'allowUnknownStaticFields'
  | 'rejectUnknownDynamicFields'
  | 'ignoreUnknownDynamicFields'
  | 'skipDeprecatedLogs'
  | 'strict'
  | 'findingFormat'
  | 'allowUnsupportedFields'
> {
  const oldName = flags.on('allow-unknown-fields')
  if (oldName && !flags.on('skip-deprecated-logs'))
    notices.push(warning(303, '--allow-unknown-fields is deprecated, use --allow-unknown-static-fields instead.'))
  return {
    configPath: flags.text('config-path'),
    configYaml: flags.text('config-yaml'),
    mode: oneOf(flags.text('mode', 'serve'), ['serve', 'validate', 'init_only'], 'mode'),
    allowUnknownStaticFields: oldName || flags.on('allow-unknown-static-fields'),
    rejectUnknownDynamicFields: flags.on('reject-unknown-dynamic-fields'),
    ignoreUnknownDynamicFields: flags.on('ignore-unknown-dynamic-fields'),
    skipDeprecatedLogs: flags.on('skip-deprecated-logs'),
    strict: flags.on('strict'),
    findingFormat: oneOf(flags.text('format', 'human'), ['human', 'json', 'sarif', 'github'], 'format'),
    allowUnsupportedFields: flags.on('allow-unsupported-fields'),
  }
}

function readThreads(
  flags: ValueReaders,
  machine: Machine,
  notices: OptionsNotice[],
): Part<'concurrency' | 'cpusetThreads'> {
  const cpuset = flags.on('cpuset-threads')
  const given = flags.given('concurrency')
  if (cpuset && given)
    notices.push(
      warning(293, 'Both --concurrency and --cpuset-threads options are set; not applying --cpuset-threads.'),
    )
  else if (cpuset) notices.push(warning(287, '--cpuset-threads is now the default behavior and no longer required.'))
  const wanted = flags.number('concurrency', usableThreads(machine))
  return { concurrency: Math.max(1, wanted), cpusetThreads: cpuset }
}

function readLogging(
  flags: ValueReaders,
): Part<
  | 'logLevel'
  | 'componentLogLevel'
  | 'componentLogLevels'
  | 'logFormat'
  | 'logFormatGiven'
  | 'logFormatEscaped'
  | 'enableFineGrainLogging'
  | 'logStacktraceSingleEntry'
  | 'logPath'
  | 'fileFlushIntervalMs'
  | 'fileFlushMinBytes'
> {
  const componentLogLevel = flags.text('component-log-level')
  const enableFineGrainLogging = flags.on('enable-fine-grain-logging')
  if (enableFineGrainLogging && componentLogLevel !== '')
    throw new OptionError('error: --component-log-level will not work with --enable-fine-grain-logging')
  return {
    logLevel: parseLogLevel(flags.text('log-level', 'info')),
    componentLogLevel,
    componentLogLevels: parseComponentLevels(componentLogLevel),
    logFormat: flags.text('log-format', DEFAULT_LOG_PATTERN),
    logFormatGiven: flags.given('log-format'),
    logFormatEscaped: flags.on('log-format-escaped'),
    enableFineGrainLogging,
    logStacktraceSingleEntry: flags.on('log-stacktrace-single-entry'),
    logPath: flags.text('log-path'),
    fileFlushIntervalMs: flags.number('file-flush-interval-msec', 10_000),
    fileFlushMinBytes: flags.number('file-flush-min-size-kb', 64) * BYTES_PER_KB,
  }
}

function readNode(
  flags: ValueReaders,
): Part<'adminAddressPath' | 'localAddressIpVersion' | 'serviceCluster' | 'serviceNode' | 'serviceZone'> {
  return {
    adminAddressPath: flags.text('admin-address-path'),
    localAddressIpVersion: oneOf(flags.text('local-address-ip-version', 'v4'), ['v4', 'v6'], 'IP address version'),
    serviceCluster: flags.text('service-cluster'),
    serviceNode: flags.text('service-node'),
    serviceZone: flags.text('service-zone'),
  }
}

function readHotRestart(
  flags: ValueReaders,
): Part<
  | 'parentShutdownTimeMs'
  | 'disableHotRestart'
  | 'baseId'
  | 'useDynamicBaseId'
  | 'baseIdPath'
  | 'restartEpoch'
  | 'skipHotRestartOnNoParent'
  | 'skipHotRestartParentStats'
  | 'socketPath'
  | 'socketMode'
> {
  const socketPath = flags.text('socket-path', DEFAULT_SOCKET_PATH)
  return {
    parentShutdownTimeMs: flags.number('parent-shutdown-time-s', 900) * MS_PER_SECOND,
    disableHotRestart: flags.on('disable-hot-restart'),
    baseId: flags.number('base-id', 0),
    useDynamicBaseId: flags.on('use-dynamic-base-id'),
    baseIdPath: flags.text('base-id-path'),
    restartEpoch: flags.number('restart-epoch', 0),
    skipHotRestartOnNoParent: flags.on('skip-hot-restart-on-no-parent'),
    skipHotRestartParentStats: flags.on('skip-hot-restart-parent-stats'),
    socketPath,
    // An abstract socket has no permissions, and Envoy does not even read them then.
    socketMode: socketPath.startsWith('@') ? 0 : parseSocketMode(flags.text('socket-mode', '600')),
  }
}

function parseSocketMode(text: string): number {
  if (!/^0*[0-7]{1,9}$/.test(text)) throw new OptionError(`error: invalid socket-mode '${text}'`)
  return Number.parseInt(text, 8)
}

/** `name:value`; a value may hold anything but a dot, and must hold something. */
function parseStatsTag(text: string): StatsTag {
  const colon = text.indexOf(':')
  if (colon < 0) throw new OptionError(`error: misformatted stats-tag '${text}'`)
  const name = text.slice(0, colon)
  const value = text.slice(colon + 1)
  const bad = /^[a-zA-Z0-9]*$/.test(name) ? (/^[^.]+$/.test(value) ? undefined : value) : name
  if (bad !== undefined)
    throw new OptionError(`error: misformatted stats-tag '${text}' contains invalid char in '${bad}'`)
  return { name, value }
}

function warning(line: number, message: string): OptionsNotice {
  return { component: 'config', level: 'warning', source: `source/server/options_impl.cc:${line}`, message }
}
