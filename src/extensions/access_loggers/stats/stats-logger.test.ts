import { describe, expect, test } from 'bun:test'
import type { AccessLogType } from '../../../api/access-log.ts'
import type { FactoryContext } from '../../../api/extension.ts'
import { createSharedStatesBuffer, ThreadSharedStates } from '../../../base/shared-states.ts'
import { parseMessage } from '../../../config/parse-message.ts'
import { parseRoot } from '../../../config/parse-root.ts'
import { SimulatedDispatcher } from '../../../event/simulated-dispatcher.ts'
import { exampleStream } from '../../../formatter/example-stream.test.ts'
import { MergedStats } from '../../../stats/merged-stats.ts'
import { StatsStore } from '../../../stats/stats-store.ts'
import type { TaggedName } from '../../../stats/tags/tag.ts'
import { parseStatsLog } from './config.ts'
import { StatsLogger } from './stats-logger.ts'

const TYPE = 'envoy.extensions.access_loggers.stats.v3.Config'

function parse(yaml: string) {
  const message = parseMessage(TYPE, yaml)
  return message.ok ? parseRoot(TYPE, message.value, {}, parseStatsLog) : message
}

/** Loggers of so many threads, and what the main thread sees of them. */
function setUp(yaml: string, threads = 1) {
  const parsed = parse(yaml)
  if (!parsed.ok) throw new Error(parsed.errors.map(({ message }) => message).join())
  const given = new Map<string, TaggedName>()
  const merged = new MergedStats(new StatsStore(), undefined, (name, tags) => void given.set(name, tags))
  const memory = createSharedStatesBuffer(0)
  const dispatcher = new SimulatedDispatcher()
  const complaints: string[] = []
  const workers = Array.from({ length: threads }, () => {
    const store = new StatsStore()
    const context = {
      dispatcher,
      scope: store.root,
      shared: new ThreadSharedStates(memory),
      logger: () => ({ error: (_place: string, message: string) => void complaints.push(message) }),
    }
    return { store, logger: new StatsLogger(parsed.value, context as unknown as FactoryContext) }
  })
  const shown = (): Record<string, number> => {
    workers.forEach(({ store }, index) => {
      const definitions = store.takeDefinitions()
      if (definitions !== undefined) merged.addDefinitions(index, definitions)
    })
    const all = [...merged.counters(), ...merged.gauges()]
    return Object.fromEntries(all.map(({ name, value }) => [name, value]))
  }
  return { loggers: workers.map(({ logger }) => logger), shown, given, dispatcher, complaints }
}

function record(logType: AccessLogType, user = '', stream = exampleStream()) {
  stream.context.logType = logType
  stream.context.request?.set('x-user', user)
  return stream.context
}

const USER = '{name: user, value_format: "%REQ(x-user)%"}'

describe('the stats logger', () => {
  test('counts below its prefix, by tags that it gives', () => {
    const counters = `[{stat: {name: num, tags: [${USER}]}, value_fixed: 3}, {stat: {name: all}, value_format: "%BYTES_SENT%"}]`
    const { loggers, shown, given } = setUp(`{stats_scope: {prefix: a.b}, counters: ${counters}}`)
    loggers[0]!.log(record('DownstreamEnd', 'me.too'))
    loggers[0]!.log(record('DownstreamEnd', '\u00c3\u00a9'))
    loggers[0]!.log(record('DownstreamEnd', 'me.too'))
    expect(shown()).toEqual({ 'a.b.num.user.me.too': 6, 'a.b.num.user.é': 3, 'a.b.all': 6 })
    expect(given.get('a.b.num.user.me.too')).toEqual({ base: 'a.b.num', tags: [{ name: 'user', value: 'me.too' }] })
    expect(given.get('a.b.all')).toEqual({ base: 'a.b.all', tags: [] })
  })

  test('what is no number does not count, and is complained of every ten seconds', () => {
    const { loggers, shown, dispatcher, complaints } = setUp(
      '{stats_scope: {prefix: a}, counters: [{stat: {name: num}, value_format: "%REQ(x-user)%"}]}',
    )
    for (const text of ['1', ' 2.9 ', '+0x10', '1e1', '-4', 'inf', 'nan', '1 2', 'x']) {
      loggers[0]!.log(record('DownstreamEnd', text))
    }
    expect(shown()).toEqual({ 'a.num': 29 })
    dispatcher.advance(10_000)
    loggers[0]!.log(record('DownstreamEnd', 'y'))
    const about = "Stats access logger formatted a string that isn't a number: "
    expect(complaints).toEqual([`${about}-4`, `${about}y`])
  })

  test('limits hold over all threads, and a name that is there stays', () => {
    const counters = `[{stat: {name: num, tags: [${USER}]}, value_fixed: 1}]`
    const { loggers, shown } = setUp(`{stats_scope: {prefix: a, max_counters: 2}, counters: ${counters}}`, 2)
    const order = [
      [0, 'one'],
      [1, 'two'],
      [0, 'three'],
      [1, 'one'],
      [0, 'two'],
      [1, 'three'],
    ] as const
    for (const [worker, user] of order) loggers[worker]!.log(record('DownstreamEnd', user))
    expect(shown()).toEqual({ 'a.num.user.one': 2, 'a.num.user.two': 2 })
  })

  test('a gauge that is set shows what any thread set last', () => {
    const { loggers, shown, dispatcher } = setUp(
      '{stats_scope: {prefix: a}, gauges: [{stat: {name: g}, value_format: "%REQ(x-user)%", set: {log_type: DownstreamEnd}}]}',
      2,
    )
    const set = (worker: number, value: string) => {
      dispatcher.advance(1)
      loggers[worker]!.log(record('DownstreamEnd', value))
      return shown()['a.g']
    }
    expect([set(0, '5'), set(1, '7'), set(0, '3'), set(1, '0')]).toEqual([5, 7, 3, 0])
    loggers[0]!.log(record('DownstreamStart', '9'))
    expect(shown()).toEqual({ 'a.g': 0 })
  })

  test('what a stream adds goes with it, also when a filter keeps its last record away', () => {
    const gauge = (name: string, subtractOn: string) =>
      `{stat: {name: ${name}, tags: [${USER}]}, value_fixed: 2, add_subtract: {add_log_type: DownstreamStart, sub_log_type: ${subtractOn}}}`
    const gauges = `[${gauge('own', 'DownstreamPeriodic')}, ${gauge('end', 'DownstreamEnd')}]`
    const { loggers, shown, complaints } = setUp(`{stats_scope: {prefix: a}, gauges: ${gauges}}`)
    const [logger] = loggers
    const [one, two] = [exampleStream(), exampleStream()]
    logger!.log(record('DownstreamStart', 'u', one))
    logger!.log(record('DownstreamStart', 'u', two))
    expect(shown()).toEqual({ 'a.own.user.u': 4, 'a.end.user.u': 4 })
    logger!.log(record('DownstreamPeriodic', 'u', one))
    expect(shown()).toEqual({ 'a.own.user.u': 2, 'a.end.user.u': 4 })
    logger!.log(record('DownstreamEnd', 'u', one))
    expect(shown()).toEqual({ 'a.own.user.u': 2, 'a.end.user.u': 2 })
    logger!.passedOver(record('DownstreamEnd', 'u', two))
    expect(shown()).toEqual({ 'a.own.user.u': 0, 'a.end.user.u': 0 })
    logger!.log(record('DownstreamEnd', 'u', two))
    expect(complaints).toEqual([expect.stringContaining('no corresponding add')])
  })

  test('rules drop a tag or the stat, or put another value in', () => {
    const on = (value: string, action: string) =>
      `{predicate: {single_predicate: {input: {name: i, typed_config: {"@type": type.googleapis.com/envoy.extensions.matching.common_inputs.stats.v3.StatTagValueInput}}, value_match: {exact: ${value}}}}, on_match: {action: {name: a, typed_config: {"@type": type.googleapis.com/envoy.extensions.matching.actions.transform_stat.v3.TransformStat, ${action}}}}}`
    const list = [on('s', 'drop_stat: {}'), on('t', 'drop_tag: {}'), on('u', 'update_tag: {new_tag_value: ü}')].join()
    const tag = `{name: user, value_format: "%REQ(x-user)%", rules: {matcher_list: {matchers: [${list}]}}}`
    const { loggers, shown } = setUp(
      `{stats_scope: {prefix: a}, counters: [{stat: {name: num, tags: [${tag}, {name: x, value_format: x}]}, value_fixed: 1}]}`,
    )
    for (const user of ['s', 't', 'u', 'v']) loggers[0]!.log(record('DownstreamEnd', user))
    expect(shown()).toEqual({ 'a.num.x.x': 1, 'a.num.user.ü.x.x': 1, 'a.num.user.v.x.x': 1 })
  })

  test.each([
    ['{}', "Either 'stat_prefix' or 'stats_scope' must be configured, but not both."],
    ['{stat_prefix: a, stats_scope: {}}', "Either 'stat_prefix' or 'stats_scope' must be configured, but not both."],
    ['{stats_scope: {}, counters: [{stat: {name: num}}]}', 'counter must have either `value_format` or `value_fixed`'],
    [
      '{stats_scope: {}, counters: [{stat: {name: num}, value_fixed: 1, value_format: "%PROTOCOL%"}]}',
      'cannot have both `value_format` and `value_fixed`',
    ],
    [
      '{stats_scope: {}, counters: [{stat: {name: num}, value_format: "%PROTOCOL%%PROTOCOL%"}]}',
      'must contain exactly one substitution',
    ],
    [
      '{stats_scope: {}, counters: [{stat: {name: num}, value_format: "%NOPE%"}]}',
      'Not supported field in StreamInfo: NOPE',
    ],
    ['{stats_scope: {}, gauges: [{stat: {name: num}, value_fixed: 1}]}', 'must have at least one operation'],
    [
      '{stats_scope: {}, gauges: [{stat: {name: num}, value_fixed: 1, set: {}}]}',
      'set operation must have a valid log type',
    ],
    [
      '{stats_scope: {}, gauges: [{stat: {name: num}, value_fixed: 1, add_subtract: {add_log_type: DownstreamEnd}}]}',
      'add/subtract operation must have a valid log type',
    ],
    [
      '{stats_scope: {}, gauges: [{stat: {name: num}, value_fixed: 1, add_subtract: {add_log_type: DownstreamEnd, sub_log_type: DownstreamEnd}}]}',
      'Duplicate access log type',
    ],
  ])('refuses %s', (yaml, message) => {
    const parsed = parse(yaml)
    expect(parsed.ok ? [] : parsed.errors.map((error) => error.message)).toEqual([expect.stringContaining(message)])
  })
})
