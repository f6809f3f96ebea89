/*
 * Every flag, as data: Envoy 1.40's in the order of its --help, then Nuncio's own. Parsing, help and the search for the
 * nearest flag read this table.
 */

export type FlagKind = 'switch' | 'string' | 'u32'

export interface Flag {
  readonly name: string
  readonly kind: FlagKind
  /** One letter, given as `-c`. */
  readonly short?: string
  /** May be given more than once. */
  readonly repeated?: true
  readonly help: string
}

const ENVOY = [
  { name: 'stats-tag', kind: 'string', repeated: true, help: 'A tag for all statistics, name:value; may be repeated' },
  { name: 'enable-core-dump', kind: 'switch', help: 'Raise the limit for core dumps' },
  { name: 'socket-mode', kind: 'string', help: 'Permission bits of the hot restart socket, octal [600]' },
  { name: 'socket-path', kind: 'string', help: 'Path of the hot restart socket [@envoy_domain_socket]' },
  { name: 'disable-extensions', kind: 'string', help: 'Comma-separated category/name of extensions to leave out' },
  { name: 'cpuset-threads', kind: 'switch', help: 'The default: workers by the CPU set and the cgroup limit' },
  { name: 'enable-mutex-tracing', kind: 'switch', help: 'Tell of contention of locks (there are none) in /contention' },
  { name: 'disable-hot-restart', kind: 'switch', help: 'No hot restart' },
  { name: 'mode', kind: 'string', help: "'serve' [default] or 'validate' (check the configuration and exit)" },
  { name: 'parent-shutdown-time-s', kind: 'u32', help: 'Hot restart: seconds until the parent ends [900]' },
  { name: 'drain-strategy', kind: 'string', help: "'gradual' [default] or 'immediate'" },
  { name: 'drain-time-s', kind: 'u32', help: 'Seconds for connections to drain in [600]' },
  { name: 'file-flush-min-size-kb', kind: 'u32', help: 'Logs are written when this much is buffered [64]' },
  { name: 'file-flush-interval-msec', kind: 'u32', help: 'Logs are written at least this often [10000]' },
  { name: 'service-zone', kind: 'string', help: 'Zone of this node' },
  { name: 'service-node', kind: 'string', help: 'Name of this node' },
  { name: 'service-cluster', kind: 'string', help: 'Cluster of this node' },
  { name: 'hot-restart-version', kind: 'switch', help: 'Print the version of the hot restart protocol and exit' },
  { name: 'restart-epoch', kind: 'u32', help: 'How many hot restarts came before this one [0]' },
  { name: 'log-path', kind: 'string', help: 'File for the log [standard error]' },
  { name: 'enable-fine-grain-logging', kind: 'switch', help: 'A log level for each source file (not built: refused)' },
  { name: 'log-format-escaped', kind: 'switch', help: 'Escape line ends and the like inside of log messages' },
  { name: 'log-format', kind: 'string', help: 'Pattern of a log line, in the syntax of spdlog' },
  { name: 'component-log-level', kind: 'string', help: 'Levels of components, such as upstream:debug,config:trace' },
  {
    name: 'log-level',
    short: 'l',
    kind: 'string',
    help: 'trace, debug, info [default], warning, error, critical or off',
  },
  { name: 'local-address-ip-version', kind: 'string', help: 'Version of the local address: v4 [default] or v6' },
  { name: 'admin-address-path', kind: 'string', help: 'File to write the address of the admin server to' },
  { name: 'log-stacktrace-single-entry', kind: 'switch', help: 'A stack trace is one log entry' },
  { name: 'skip-deprecated-logs', kind: 'switch', help: 'No warnings about deprecated fields' },
  {
    name: 'ignore-unknown-dynamic-fields',
    kind: 'switch',
    help: 'Unknown fields of dynamic configuration: not even counted',
  },
  { name: 'reject-unknown-dynamic-fields', kind: 'switch', help: 'Unknown fields of dynamic configuration are errors' },
  { name: 'allow-unknown-static-fields', kind: 'switch', help: 'Unknown fields of static configuration are warnings' },
  { name: 'allow-unknown-fields', kind: 'switch', help: 'Deprecated: --allow-unknown-static-fields' },
  { name: 'config-yaml', kind: 'string', help: 'Configuration as YAML text, merged over the file' },
  { name: 'config-path', short: 'c', kind: 'string', help: 'Configuration file: .yaml, .json, .pb or .pb_text' },
  { name: 'concurrency', kind: 'u32', help: 'Number of worker threads [CPUs that the process may use]' },
  { name: 'base-id-path', kind: 'string', help: 'File to write the base id to' },
  { name: 'skip-hot-restart-parent-stats', kind: 'switch', help: 'Hot restart: take no statistics from the parent' },
  { name: 'skip-hot-restart-on-no-parent', kind: 'switch', help: 'Hot restart: start even when there is no parent' },
  { name: 'use-dynamic-base-id', kind: 'switch', help: 'Hot restart: choose an unused base id' },
  { name: 'base-id', kind: 'u32', help: 'Hot restart: tells several proxies of one machine apart [0]' },
  { name: 'ignore_rest', kind: 'switch', help: 'Ignores what follows; the same as --' },
  { name: 'version', kind: 'switch', help: 'Print the version and exit' },
  { name: 'help', short: 'h', kind: 'switch', help: 'Print this and exit' },
] as const satisfies readonly Flag[]

const OWN = [
  { name: 'sigterm-grace', kind: 'string', help: 'Time for requests in flight after SIGTERM: 5s [default], 500ms, 0' },
  {
    name: 'worker-affinity',
    kind: 'string',
    help: 'Keep workers on their CPUs while these are free: auto [default], none',
  },
  { name: 'strict', kind: 'switch', help: 'Warnings of the configuration are errors' },
  { name: 'format', kind: 'string', help: 'Findings as human [default], json, sarif or github' },
  { name: 'allow-unsupported-fields', kind: 'switch', help: 'Fields that Nuncio does not act on are warnings' },
] as const satisfies readonly Flag[]

type Entry = (typeof ENVOY)[number] | (typeof OWN)[number]

export type FlagName = Entry['name']
export type SwitchName = Extract<Entry, { kind: 'switch' }>['name']
export type NumberName = Extract<Entry, { kind: 'u32' }>['name']
export type StringName = Extract<Entry, { kind: 'string' }>['name']

export interface NamedFlag extends Flag {
  readonly name: FlagName
}

export const ENVOY_FLAGS: readonly NamedFlag[] = ENVOY
export const OWN_FLAGS: readonly NamedFlag[] = OWN
export const FLAGS: readonly NamedFlag[] = [...ENVOY, ...OWN]
