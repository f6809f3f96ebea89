/** admin.v3.CommandLineOptions from the options: every field is printed, in the order of their numbers. */
import type { Options } from '../api/options.ts'

export function commandLineOptions(options: Options): object {
  return {
    base_id: String(options.baseId),
    concurrency: options.concurrency,
    config_path: options.configPath,
    config_yaml: options.configYaml,
    allow_unknown_static_fields: options.allowUnknownStaticFields,
    admin_address_path: options.adminAddressPath,
    local_address_ip_version: options.localAddressIpVersion,
    log_level: options.logLevel,
    component_log_level: options.componentLogLevel,
    log_format: options.logFormat,
    log_path: options.logPath,
    service_cluster: options.serviceCluster,
    service_node: options.serviceNode,
    service_zone: options.serviceZone,
    file_flush_interval: duration(options.fileFlushIntervalMs),
    drain_time: duration(options.drainTimeMs),
    parent_shutdown_time: duration(options.parentShutdownTimeMs),
    mode: MODES[options.mode],
    disable_hot_restart: options.disableHotRestart,
    enable_mutex_tracing: options.enableMutexTracing,
    restart_epoch: options.restartEpoch,
    cpuset_threads: options.cpusetThreads,
    reject_unknown_dynamic_fields: options.rejectUnknownDynamicFields,
    log_format_escaped: options.logFormatEscaped,
    disabled_extensions: options.disabledExtensions,
    ignore_unknown_dynamic_fields: options.ignoreUnknownDynamicFields,
    use_dynamic_base_id: options.useDynamicBaseId,
    base_id_path: options.baseIdPath,
    drain_strategy: options.drainStrategy === 'gradual' ? 'Gradual' : 'Immediate',
    enable_fine_grain_logging: options.enableFineGrainLogging,
    socket_path: options.socketPath,
    socket_mode: options.socketMode,
    enable_core_dump: options.enableCoreDump,
    stats_tag: options.statsTags.map(({ name, value }) => `${name}:${value}`),
    skip_hot_restart_on_no_parent: options.skipHotRestartOnNoParent,
    skip_hot_restart_parent_stats: options.skipHotRestartParentStats,
    skip_deprecated_logs: options.skipDeprecatedLogs,
    // Envoy never fills it in, whatever the flag says.
    file_flush_min_size: 0,
    log_stacktrace_single_entry: options.logStacktraceSingleEntry,
  }
}

const MODES = { serve: 'Serve', validate: 'Validate', init_only: 'InitOnly' } as const

/** google.protobuf.Duration: no fraction, or three digits of it. */
function duration(ms: number): string {
  return ms % 1000 === 0 ? `${ms / 1000}s` : `${(ms / 1000).toFixed(3)}s`
}
