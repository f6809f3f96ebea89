/* Records that become counters, gauges and histograms. */
import { direct, httpListener, routeTo, staticCluster } from '../support/configs.ts'
import { differential } from './support/differential.ts'

const T = 'type.googleapis.com/envoy.extensions'
type TagSetting = readonly [name: string, format: string, more?: object]
const tags = (list: readonly TagSetting[]) =>
  list.map(([name, value_format, more = {}]) => ({ name, value_format, ...more }))
const stat = (name: string, ...list: readonly TagSetting[]) => ({ stat: { name, tags: tags(list) } })
const logger = (fields: object, filter: object = {}) => ({
  name: 'stats',
  ...filter,
  typed_config: { '@type': `${T}.access_loggers.stats.v3.Config`, ...fields },
})
const paired = (name: string, addOn: string, subtractOn: string, more: object = { value_fixed: 1 }) => ({
  ...stat(name, ['method', '%REQ(:METHOD)%']),
  add_subtract: { add_log_type: addOn, sub_log_type: subtractOn },
  ...more,
})

const INPUT = {
  name: 'i',
  typed_config: { '@type': `${T}.matching.common_inputs.stats.v3.StatTagValueInput` },
}
const action = (transform: object) => ({
  action: {
    name: 'a',
    typed_config: { '@type': `${T}.matching.actions.transform_stat.v3.TransformStat`, ...transform },
  },
})
const rules = {
  rules: {
    matcher_tree: {
      input: INPUT,
      exact_match_map: {
        map: {
          stat: action({ drop_stat: {} }),
          tag: action({ drop_tag: {} }),
          update: action({ update_tag: { new_tag_value: 'new' } }),
          nothing: action({}),
        },
      },
    },
  },
}

const LOGGERS = [
  logger({
    stat_prefix: 'all',
    counters: [
      { ...stat('plain'), value_fixed: 2 },
      { ...stat('tags', ['method', '%REQ(:METHOD)%'], ['a.b', 'x%REQ(x-a)%y']), value_fixed: 1 },
      { ...stat('sent', ['code', '%RESPONSE_CODE%'], ['none', '%REQ(x-none)%']), value_format: '%BYTES_SENT%' },
      { ...stat('number'), value_format: '%REQ(x-n)%' },
      { ...stat('with.dots and:colons', ['constant', 'é']), value_fixed: 1 },
      { ...stat('ruled', ['t', '%REQ(x-t)%', rules], ['u', '%REQ(x-u)%']), value_fixed: 1 },
      { ...stat('literal'), value_format: '%%' },
      { ...stat('host'), value_format: '%UPSTREAM_HOST%' },
    ],
    histograms: [
      { ...stat('bytes'), unit: 'Bytes', value_format: '%REQ(x-n)%' },
      { ...stat('share', ['method', '%REQ(:METHOD)%']), unit: 'Percent', value_format: '%REQ(x-n)%' },
      { ...stat('unspecified'), value_format: '%REQ(x-n)%' },
    ],
    gauges: [
      paired('open', 'DownstreamStart', 'DownstreamEnd'),
      paired('never', 'DownstreamStart', 'DownstreamTunnelSuccessfullyEstablished'),
      paired('alone', 'DownstreamPeriodic', 'DownstreamEnd'),
      { ...paired('numbers', 'DownstreamStart', 'DownstreamEnd', { value_format: '%REQ(x-n)%' }) },
      { ...stat('last', ['code', '%RESPONSE_CODE%']), value_format: '%REQ(x-n)%', set: { log_type: 'DownstreamEnd' } },
      { ...stat('first'), value_fixed: 7, set: { log_type: 'DownstreamStart' } },
    ],
  }),
  logger({
    stats_scope: { prefix: 'limited', max_counters: 2, max_gauges: 1, max_histograms: 1 },
    counters: [{ ...stat('a', ['method', '%REQ(:METHOD)%']), value_fixed: 1 }],
    histograms: [{ ...stat('h', ['method', '%REQ(:METHOD)%']), value_format: '%BYTES_SENT%' }],
    gauges: [{ ...stat('g', ['method', '%REQ(:METHOD)%']), value_fixed: 1, set: { log_type: 'DownstreamEnd' } }],
  }),
  logger({
    stats_scope: { prefix: 'nothing', max_counters: 0 },
    counters: [{ ...stat('a'), value_fixed: 1 }],
  }),
  ...['one', 'two'].map((name) =>
    logger({
      stats_scope: { prefix: 'shared', max_counters: 3, sharing_name: 's' },
      counters: [{ ...stat(name, ['method', '%REQ(:METHOD)%']), value_fixed: 1 }],
    }),
  ),
  logger({
    stats_scope: { prefix: 'cluster.of:logs.' },
    counters: [
      { ...stat('upstream_rq_200'), value_fixed: 1 },
      { ...stat('upstream_rq_200', ['k', 'v']), value_fixed: 1 },
    ],
  }),
  logger({ stats_scope: {}, counters: [{ ...stat('unscoped'), value_fixed: 1 }] }),
  logger(
    { stats_scope: { prefix: 'filtered' }, counters: [{ ...stat('a'), value_fixed: 1 }] },
    {
      filter: { status_code_filter: { comparison: { op: 'GE', value: { default_value: 500, runtime_key: 'none' } } } },
    },
  ),
]

const OURS = /^(all|limited|nothing|shared|cluster\.of|unscoped|filtered|connections|attempts|tcp_log)[._]?/
const PROMETHEUS = /^envoy_(all|limited|shared|attempts|cluster_of)_\w+\{.*|^envoy_unscoped/

differential('records that count', {
  backends: ['app'],
  bootstrap: (port) => ({
    stats_config: {
      stats_tags: [
        { tag_name: 'fixed', fixed_value: 'f' },
        { tag_name: 'regex', regex: '(method\\.(\\w+)\\.?)' },
      ],
    },
    stats_flush_interval: '0.5s',
    static_resources: {
      listeners: [
        {
          ...httpListener('front', {
            routes: [direct('/direct', 'hello'), routeTo('app')],
            router: {
              upstream_log: [
                logger({
                  stats_scope: { prefix: 'attempts' },
                  counters: [
                    { ...stat('n', ['code', '%RESPONSE_CODE%'], ['u', '%UPSTREAM_CLUSTER%']), value_fixed: 1 },
                  ],
                  gauges: [paired('active', 'UpstreamPoolReady', 'UpstreamEnd')],
                }),
              ],
              upstream_log_options: { flush_upstream_log_on_upstream_stream: true },
            },
            extra: { access_log_options: { flush_access_log_on_new_request: true }, access_log: LOGGERS },
          }),
          access_log: [
            logger({
              stats_scope: { prefix: 'connections' },
              counters: [{ ...stat('n', ['type', '%ACCESS_LOG_TYPE%']), value_fixed: 1 }],
            }),
          ],
        },
      ],
      clusters: [staticCluster('app', [port('app')])],
    },
  }),
  traffic: async (side) => {
    await side.request('1', 'front', 'GET /direct', 'x-n: 3', 'x-a: q.r s', 'x-t: tag', 'x-u: 1')
    await side.request('2', 'front', 'GET /direct', 'x-n: 3.7', 'x-t: stat')
    await side.request('3', 'front', 'PUT /app', 'x-n: +1e2', 'x-t: update', 'content-length: 0')
    await side.request('4', 'front', 'POST /app', 'x-n: 0x1F', 'x-t: nothing', 'content-length: 0')
    await side.request('5', 'front', 'GET /app', 'x-n: 5 apples', 'x-t: other', 'x-do: status=503')
    await side.request('6', 'front', 'DELETE /app', 'x-n: 0.04')
    using open = await side.connect('front')
    open.write('GET /app HTTP/1.1\r\nhost: a\r\nx-n: 12\r\nx-do: delay=1500\r\n\r\n')
    await Bun.sleep(600)
    const shown = async (when: string) => {
      // Intervals of histograms end when they end.
      const lines = (text: string) => text.split('\n').filter((line) => OURS.test(line) && !line.includes('P0('))
      await side.noteAdmin(`/stats?filter=.&when=${when}`, lines)
      await side.noteAdmin(`/stats/prometheus?when=${when}`, (text) =>
        text.split('\n').filter((line) => PROMETHEUS.test(line)),
      )
    }
    await shown('open')
    await open.until('app\n')
    await Bun.sleep(1200)
    await shown('over')
  },
  stats: OURS,
})

const tcp = (name: string, port: number): object => ({
  name,
  address: { socket_address: { address: '127.0.0.1', port_value: 0 } },
  filter_chains: [
    {
      filters: [
        {
          name: 'tcp',
          typed_config: {
            '@type': `${T}.filters.network.tcp_proxy.v3.TcpProxy`,
            stat_prefix: 'tcp',
            cluster: `app${port}`,
            access_log_options: { flush_access_log_on_start: true },
            access_log: [
              logger({
                stats_scope: { prefix: 'tcp_log' },
                counters: [{ ...stat('bytes', ['type', '%ACCESS_LOG_TYPE%']), value_format: '%BYTES_RECEIVED%' }],
                gauges: [
                  paired('open', 'TcpConnectionStart', 'TcpConnectionEnd'),
                  paired('kept', 'TcpConnectionStart', 'DownstreamEnd'),
                ],
              }),
            ],
          },
        },
      ],
    },
  ],
})

differential('records of connections that count', {
  backends: ['app'],
  bootstrap: (port) => ({
    static_resources: {
      listeners: [tcp('tcp', port('app'))],
      clusters: [staticCluster(`app${port('app')}`, [port('app')])],
    },
  }),
  traffic: async (side) => {
    await side.request('one', 'tcp', 'GET /')
    using open = await side.connect('tcp')
    open.write('GET / HTTP/1.1\r\nhost: a\r\n\r\n')
    await open.until('app\n')
    await Bun.sleep(300)
    await side.noteAdmin('/stats?filter=tcp_log')
    open.destroy()
    await Bun.sleep(300)
  },
  stats: OURS,
})
