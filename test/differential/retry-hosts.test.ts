/* Where retries go: priorities that were tried are left out, hosts by metadata, canaries, hosts that were tried. */
import { httpListener, routeTo } from '../support/configs.ts'
import { differential } from './support/differential.ts'
import { fileLog, textFormat } from '../support/file-log.ts'
import { OUTCOME } from './support/pieces.ts'

const PREDICATES = 'type.googleapis.com/envoy.extensions.retry'
const extension = (type: string, fields: object = {}) => ({
  name: type,
  typed_config: { '@type': `${PREDICATES}.${type}`, ...fields },
})
const retries = (num_retries: number, more: object) => ({
  retry_policy: { retry_on: '5xx', num_retries, retry_back_off: { base_interval: '0.001s' }, ...more },
})
const priority = (update_frequency: number) => ({
  retry_priority: extension('priority.previous_priorities.v3.PreviousPrioritiesConfig', { update_frequency }),
})
const predicate = (type: string, fields?: object) => ({
  retry_host_predicate: [extension(`host.${type}`, fields)],
  host_selection_retry_max_attempts: 50,
})

const ROUTES = [
  routeTo('tiers', '/every', retries(3, priority(1))),
  routeTo('tiers', '/second', retries(5, priority(2))),
  routeTo('tiers', '/plain', retries(2, {})),
  routeTo(
    'flat',
    '/metadata',
    retries(
      1,
      predicate('omit_host_metadata.v3.OmitHostMetadataConfig', {
        metadata_match: { filter_metadata: { 'envoy.lb': { kind: 'a' } } },
      }),
    ),
  ),
  routeTo('flat', '/canary', retries(1, predicate('omit_canary_hosts.v3.OmitCanaryHostsPredicate'))),
  routeTo('three', '/previous', retries(2, predicate('previous_hosts.v3.PreviousHostsPredicate'))),
  routeTo('three', '/one-more', retries(3, predicate('previous_hosts.v3.PreviousHostsPredicate'))),
  routeTo('three', '/few', {
    retry_policy: {
      ...retries(2, predicate('previous_hosts.v3.PreviousHostsPredicate')).retry_policy,
      host_selection_retry_max_attempts: 1,
    },
  }),
  {
    ...routeTo('tiers', '/any'),
    route: {
      cluster: 'tiers',
      retry_policy_typed_config: {
        '@type': 'type.googleapis.com/envoy.config.route.v3.RetryPolicy',
        retry_on: '5xx',
        num_retries: 2,
      },
    },
  },
]

const endpoint = (port: number, metadata: object = {}) => ({
  endpoint: { address: { socket_address: { address: '127.0.0.1', port_value: port } } },
  metadata: { filter_metadata: { 'envoy.lb': metadata } },
})

differential('where retries go', {
  backends: ['first', 'second', 'third', 'odd'],
  bootstrap: (port) => ({
    static_resources: {
      listeners: [
        httpListener('front', {
          routes: ROUTES,
          virtualHost: { include_request_attempt_count: true },
          extra: {
            access_log: [
              fileLog('access.log', textFormat(OUTCOME)),
              fileLog('hosts.log', textFormat('%UPSTREAM_HOSTS_ATTEMPTED%')),
            ],
          },
        }),
      ],
      clusters: [
        {
          name: 'tiers',
          type: 'STATIC',
          load_assignment: {
            cluster_name: 'tiers',
            endpoints: ['first', 'second', 'third'].map((name, index) => ({
              priority: index,
              lb_endpoints: [endpoint(port(name))],
            })),
          },
        },
        {
          name: 'three',
          type: 'STATIC',
          load_assignment: {
            cluster_name: 'three',
            endpoints: [{ lb_endpoints: ['first', 'second', 'third'].map((name) => endpoint(port(name))) }],
          },
        },
        {
          name: 'flat',
          type: 'STATIC',
          load_assignment: {
            cluster_name: 'flat',
            endpoints: [
              {
                lb_endpoints: [
                  endpoint(port('odd'), { kind: 'a', canary: true }),
                  endpoint(port('third'), { kind: 'b' }),
                ],
              },
            ],
          },
        },
      ],
    },
  }),
  stats: /^cluster\.(?:tiers|flat)\.upstream_rq_(?:retry.*|total)$|^cluster\..*\.retry\.upstream_rq_503$/,
  // Which host of two gets the first attempt is a matter of chance.
  volatile: /^cluster\.flat/,
  traffic: async (side) => {
    for (const path of ['/every', '/second', '/plain', '/any'])
      await side.request(path, 'front', `GET ${path}`, 'x-do: status=503')
    for (const backend of ['first', 'second']) side.noteSeen(backend)
    let lines = 4
    for (const path of ['/previous', '/one-more', '/few']) {
      for (let i = 0; i < 3; i++) {
        const [reply] = await side.exchange('front', `GET ${path} HTTP/1.1\r\nhost: a\r\nx-do: status=503\r\n\r\n`)
        const hosts = (await side.logLines('hosts.log', ++lines)).at(-1)?.split(',') ?? []
        // Which host is the first one is a matter of chance, but not how many others there are.
        side.note(`${path} ${i}`, [reply?.status, hosts.length, new Set(hosts).size])
      }
    }
    // Whoever fails is avoided: the second attempt is always the good one.
    const reply = 'x-do: status=503'
    for (const path of ['/metadata', '/canary']) {
      for (let i = 0; i < 4; i++) await side.request(`${path} ${i}`, 'front', `GET ${path}`, reply)
    }
  },
})
