/* Hosts that a session names, by their health: `override_host_status` says which of them still get its requests. */
import { afterAll, beforeAll } from 'bun:test'
import { httpListener } from '../support/configs.ts'
import { AddressedBackend } from './support/addressed-backend.ts'
import { differential } from './support/differential.ts'
import { filterEntry } from './support/filter-case.ts'

const backend = new AddressedBackend()
beforeAll(() => backend.start())
afterAll(() => backend.close())

const HEALTH = ['UNKNOWN', 'HEALTHY', 'UNHEALTHY', 'DRAINING', 'TIMEOUT', 'DEGRADED'] as const

const SETS: Readonly<Record<string, readonly string[] | undefined>> = {
  default: undefined,
  none: [],
  unhealthy: ['UNHEALTHY'],
  draining: ['UNKNOWN', 'DRAINING'],
  timeout: ['TIMEOUT'],
  degraded: ['DEGRADED'],
  healthy: ['HEALTHY'],
  every: HEALTH,
}

const PATHS = Object.keys(SETS)

const cluster = (name: string, statuses: readonly string[] | undefined, more: object): object => ({
  name,
  type: 'STATIC',
  ...more,
  common_lb_config: {
    healthy_panic_threshold: { value: 0 },
    ...(statuses === undefined ? {} : { override_host_status: { statuses } }),
  },
  load_assignment: {
    cluster_name: name,
    endpoints: [
      {
        lb_endpoints: [
          // Whoever finds no host comes here.
          { endpoint: backend.endpoint(7), load_balancing_weight: 1000 },
          ...HEALTH.map((health_status, index) => ({ health_status, endpoint: backend.endpoint(index + 1) })),
        ],
      },
    ],
  },
})

const hashing = { hash_policy: [{ header: { header_name: ':path' } }] }

differential('hosts that sessions name, by their health', {
  bootstrap: () => ({
    static_resources: {
      listeners: [
        httpListener('front', {
          routes: PATHS.map((name) => ({ match: { path: `/${name}` }, route: { cluster: name, ...hashing } })),
          extra: {
            http_filters: [
              filterEntry('stateful_session', 'stateful_session.v3.StatefulSession', {
                session_state: {
                  name: 'envoy.http.stateful_session.header',
                  typed_config: {
                    '@type':
                      'type.googleapis.com/envoy.extensions.http.stateful_session.header.v3.HeaderBasedSessionState',
                    name: 'x-session',
                  },
                },
              }),
              filterEntry('router', 'router.v3.Router'),
            ],
          },
        }),
      ],
      clusters: PATHS.map((name) => cluster(name, SETS[name], { lb_policy: 'RING_HASH' })),
    },
  }),
  traffic: async (side) => {
    for (const name of PATHS) {
      const hosts: string[] = []
      for (const [index] of HEALTH.entries()) {
        const session = Buffer.from(`127.0.1.${index + 1}:${backend.port}`).toString('base64')
        const [reply] = await side.exchange(
          'front',
          `GET /${name} HTTP/1.1\r\nhost: a\r\nx-session: ${session}\r\n\r\n`,
        )
        hosts.push(`${HEALTH[index]} ${reply?.body === `127.0.1.${index + 1}`}`)
      }
      side.note(name, hosts)
    }
  },
})
