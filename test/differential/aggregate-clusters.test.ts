/* Clusters of clusters: whose turn it is, what counts for whom, and retries that go on to the next cluster. */
import { httpListener, routeTo, staticCluster } from '../support/configs.ts'
import { differential } from './support/differential.ts'
import { fileLog, textFormat } from '../support/file-log.ts'
import { OUTCOME } from './support/pieces.ts'

const PRIORITIES = 'type.googleapis.com/envoy.extensions.retry.priority.previous_priorities.v3.PreviousPrioritiesConfig'

const aggregate = (name: string, clusters: readonly string[], more: object = {}) => ({
  name,
  connect_timeout: '1s',
  lb_policy: 'CLUSTER_PROVIDED',
  cluster_type: {
    name: 'envoy.clusters.aggregate',
    typed_config: { '@type': 'type.googleapis.com/envoy.extensions.clusters.aggregate.v3.ClusterConfig', clusters },
  },
  ...more,
})

const onward = (num_retries: number) => ({
  retry_policy: {
    retry_on: '5xx,connect-failure',
    num_retries,
    retry_back_off: { base_interval: '0.001s' },
    retry_priority: { name: 'p', typed_config: { '@type': PRIORITIES, update_frequency: 1 } },
  },
})

/** Clusters of one host each that say how well they are. */
const unwell = (name: string, port: number, health_status: string, more: object = {}) => {
  const address = { socket_address: { address: '127.0.0.1', port_value: port } }
  const lb_endpoints = [{ endpoint: { address }, health_status }]
  return { ...staticCluster(name, [], more), load_assignment: { cluster_name: name, endpoints: [{ lb_endpoints }] } }
}

const NO_PANIC = { common_lb_config: { healthy_panic_threshold: { value: 0 } } }
const TIGHT = { circuit_breakers: { thresholds: [{ max_requests: 0, max_retries: 0 }] } }

differential('aggregate clusters', {
  backends: ['first', 'second', 'third'],
  bootstrap: (port) => ({
    static_resources: {
      listeners: [
        httpListener('front', {
          routes: ['plain', 'unknown', 'nested', 'nobody', 'unwell', 'degraded', 'none', 'tight-child', 'tight']
            .map((name) => routeTo(name, `/${name}`, name === 'tight' ? onward(1) : {}))
            .concat([routeTo('dead-first', '/onward', onward(3)), routeTo('dead-first', '/fails'), routeTo('plain')]),
          virtualHost: { include_request_attempt_count: true },
          extra: { access_log: [fileLog('access.log', textFormat(`${OUTCOME} %UPSTREAM_CLUSTER_RAW%`))] },
        }),
      ],
      clusters: [
        staticCluster('first', [port('first')]),
        staticCluster('second', [port('second')]),
        staticCluster('third', [port('third')]),
        staticCluster('dead', [1]),
        staticCluster('empty', []),
        unwell('unwell-one', port('first'), 'UNHEALTHY'),
        unwell('unwell-two', port('second'), 'UNHEALTHY', NO_PANIC),
        unwell('degraded-one', port('first'), 'DEGRADED'),
        staticCluster('tight-second', [port('second')], TIGHT),
        aggregate('plain', ['empty', 'first', 'second'], { alt_stat_name: 'other' }),
        aggregate('unknown', ['nope', 'second', 'unknown']),
        aggregate('nested', ['plain', 'third']),
        aggregate('nobody', ['nope', 'empty', 'plain']),
        aggregate('unwell', ['unwell-one', 'third']),
        aggregate('degraded', ['degraded-one', 'unwell-two']),
        aggregate('none', ['unwell-two'], NO_PANIC),
        aggregate('dead-first', ['dead', 'empty', 'second']),
        aggregate('tight-child', ['tight-second']),
        aggregate('tight', ['second'], TIGHT),
      ],
    },
  }),
  stats:
    /^cluster\.(?:other|plain|unknown|nested|nobody|unwell|degraded|none|dead|first|second|third|tight|tight-.*|dead-first|unwell-.*)\./,
  volatile: /_ms$|_time$|bytes|rq_per_cx|backed_up|paused/,
  traffic: async (side) => {
    for (const path of ['plain', 'unknown', 'nested', 'nobody', 'unwell', 'degraded', 'none', 'onward', 'fails'])
      await side.request(path, 'front', `GET /${path}`)
    await side.request('a failing host', 'front', 'GET /plain/2', 'x-do: status=503')
    await side.request('retries of the aggregate', 'front', 'GET /tight', 'x-do: status=503')
    await side.request('requests of the child', 'front', 'GET /tight-child')
    for (const backend of ['first', 'second', 'third']) side.noteSeen(backend)
    await side.noteLog('access.log', 12)
  },
})
