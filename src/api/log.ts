/*
 * The application log. A thread has one registry; a component's logger is the same object for the life of the thread,
 * and its level changes in place, so keep the logger, never its level.
 */
import type { Json } from './config.ts'

/** As the levels print. `off` is only a threshold. */
export type LogLevel = 'trace' | 'debug' | 'info' | 'warning' | 'error' | 'critical' | 'off'

export type MessageLevel = Exclude<LogLevel, 'off'>

/** One name for each part of the proxy that has a level of its own (`--component-log-level`, `/logging`). */
export type LogComponent =
  | 'a2a'
  | 'admin'
  | 'ai_protocol_manager'
  | 'alternate_protocols_cache'
  | 'aws'
  | 'assert'
  | 'backtrace'
  | 'basic_auth'
  | 'cache_filter'
  | 'client'
  | 'config'
  | 'connection'
  | 'conn_handler'
  | 'compression'
  | 'credential_injector'
  | 'decompression'
  | 'dns'
  | 'dubbo'
  | 'envoy_bug'
  | 'ext_authz'
  | 'ext_proc'
  | 'rocketmq'
  | 'file'
  | 'filter'
  | 'forward_proxy'
  | 'geolocation'
  | 'grpc'
  | 'happy_eyeballs'
  | 'hc'
  | 'health_checker'
  | 'http'
  | 'http2'
  | 'hystrix'
  | 'init'
  | 'io'
  | 'jwt'
  | 'json_rpc'
  | 'kafka'
  | 'key_value_store'
  | 'lua'
  | 'local_rate_limit'
  | 'main'
  | 'matcher'
  | 'mcp'
  | 'misc'
  | 'mongo'
  | 'multi_connection'
  | 'notification'
  | 'oauth2'
  | 'quic'
  | 'quic_stream'
  | 'pool'
  | 'rate_limit_quota'
  | 'rbac'
  | 'rds'
  | 'redis'
  | 'router'
  | 'runtime'
  | 'stats'
  | 'secret'
  | 'sse'
  | 'tap'
  | 'testing'
  | 'thrift'
  | 'tracing'
  | 'upstream'
  | 'udp'
  | 'wasm'
  | 'websocket'
  | 'golang'
  | 'stats_sinks'
  | 'dynamic_modules'
  | 'ip_tagging'

/**
 * Writes lines of one component. `source` is `path/file.cc:line`, optionally followed by a space and the name of the
 * function (`%!`); `message` is Unicode text without the final newline. Where a message costs something to build, ask
 * `enabled` first: a disabled call itself costs one comparison.
 */
export interface Logger {
  readonly component: LogComponent
  readonly level: LogLevel
  enabled(level: MessageLevel): boolean
  log(level: MessageLevel, source: string, message: string): void
  trace(source: string, message: string): void
  debug(source: string, message: string): void
  info(source: string, message: string): void
  warning(source: string, message: string): void
  error(source: string, message: string): void
  /** Also flushes the sink: the process may not live much longer. */
  critical(source: string, message: string): void
}

/** The loggers of one thread. */
export interface LogRegistry {
  /** In the order in which `/logging` lists them. */
  readonly components: readonly LogComponent[]
  logger(component: LogComponent): Logger
  setLevel(component: LogComponent, level: LogLevel): void
  setAllLevels(level: LogLevel): void
  /** Every component and its level: plain data, for `/logging` and for the other threads. */
  levels(): Readonly<Record<LogComponent, LogLevel>>
  setLevels(levels: Readonly<Partial<Record<LogComponent, LogLevel>>>): void
  /** A pattern in spdlog's syntax; holds from the next line on. */
  setPattern(pattern: string): void
}

/** Where finished lines go: latin1 strings, one byte of the output a code unit, newline included. */
export interface LogSink {
  write(line: string): void
  /** Hands what is buffered to the operating system. */
  flush(): void
}

/** `application_log_config.log_format`. */
export type LogFormat =
  | { readonly kind: 'text'; readonly pattern: string }
  | { readonly kind: 'json'; readonly fields: Readonly<Record<string, Json>> }
