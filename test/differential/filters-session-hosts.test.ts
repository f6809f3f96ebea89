/*
 * envoy.filters.http.stateful_session where the host of a session is not what it was: unhealthy, draining, degraded, in
 * another priority, dead, gone. What becomes of the request, of the session and of the counters.
 */
import { httpListener, routeTo } from '../support/configs.ts'
import { differential } from './support/differential.ts'
import { filterEntry } from './support/filter-case.ts'
import { fileLog, textFormat } from '../support/file-log.ts'
import type { Side } from './support/side.ts'

const STATE = 'type.googleapis.com/envoy.extensions.http.stateful_session'
const SESSION = {
  session_state: {
    name: 'envoy.http.stateful_session.header',
    typed_config: { '@type': `${STATE}.header.v3.HeaderBasedSessionState`, name: 'x-session' },
  },
}
const HEALTHS = ['HEALTHY', 'UNHEALTHY', 'DRAINING', 'TIMEOUT', 'DEGRADED', 'UNKNOWN'] as const
/** Nobody listens there. */
const DEAD = 1

interface Endpoint {
  readonly port: number
  readonly health?: string
}

function cluster(name: string, priorities: readonly (readonly Endpoint[])[], more: object = {}): object {
  return {
    name,
    type: 'STATIC',
    connect_timeout: '2s',
    load_assignment: {
      cluster_name: name,
      endpoints: priorities.map((endpoints, priority) => ({
        priority,
        lb_endpoints: endpoints.map(({ port, health = 'UNKNOWN' }, i) => ({
          health_status: health,
          // Whoever is left to the balancing goes to the first one.
          load_balancing_weight: i === 0 ? 100_000 : 1,
          endpoint: { address: { socket_address: { address: '127.0.0.1', port_value: port } } },
        })),
      })),
    },
    ...more,
  }
}

const statuses = (...wanted: readonly string[]): object => ({
  common_lb_config: { override_host_status: { statuses: wanted } },
})

/** Of the header: the address in base64. */
const named = (port: number): string => `x-session: ${Buffer.from(`127.0.0.1:${port}`).toString('base64')}`

function run(name: string, config: object): void {
  differential(`stateful_session: hosts that are not what they were, ${name}`, {
    backends: ['one', 'two'],
    bootstrap: (port) => {
      const [one, two] = [port('one'), port('two')]
      const clusters: readonly object[] = [
        ...HEALTHS.map((health) => cluster(health, [[{ port: one }, { port: two, health }]])),
        ...HEALTHS.flatMap((allowed) =>
          HEALTHS.map((health) =>
            cluster(`${allowed}-allowed-${health}`, [[{ port: one }, { port: two, health }]], statuses(allowed)),
          ),
        ),
        cluster('no-status', [[{ port: one }, { port: two }]], statuses()),
        cluster('lower', [[{ port: one }], [{ port: two }]]),
        cluster('lower-unhealthy', [[{ port: one }], [{ port: two, health: 'UNHEALTHY' }]]),
        cluster('dead', [[{ port: one }, { port: DEAD }]]),
        cluster('nobody', [[]]),
        cluster('random', [[{ port: one }, { port: two }]], { lb_policy: 'RANDOM' }),
        cluster('ring', [[{ port: one }, { port: two }]], { lb_policy: 'RING_HASH' }),
        cluster('least', [[{ port: one }, { port: two }]], { lb_policy: 'LEAST_REQUEST' }),
        cluster('maglev', [[{ port: one }, { port: two }]], { lb_policy: 'MAGLEV' }),
        cluster('subset', [[{ port: one }, { port: two }]], {
          lb_subset_config: { fallback_policy: 'ANY_ENDPOINT', subset_selectors: [{ keys: ['v'] }] },
        }),
      ]
      const names = clusters.map((each) => (each as { name: string }).name)
      return {
        static_resources: {
          listeners: [
            httpListener('front', {
              routes: [
                routeTo('dead', '/dead-retried', { retry_policy: { retry_on: 'connect-failure', num_retries: 3 } }),
                routeTo('HEALTHY', '/HEALTHY-retried', { retry_policy: { retry_on: '5xx', num_retries: 2 } }),
                // The longest first.
                ...names.toSorted((a, b) => b.length - a.length).map((each) => routeTo(each, `/${each}`)),
                { match: { prefix: '/direct' }, direct_response: { status: 200 } },
              ],
              extra: {
                http_filters: [
                  filterEntry('stateful_session', 'stateful_session.v3.StatefulSession', {
                    ...SESSION,
                    stat_prefix: 'sp',
                    ...config,
                  }),
                  filterEntry('router', 'router.v3.Router'),
                ],
                access_log: [
                  fileLog(
                    'access.log',
                    textFormat(
                      '%REQ(:PATH)% %RESPONSE_CODE% %RESPONSE_FLAGS% %RESPONSE_CODE_DETAILS% %UPSTREAM_REQUEST_ATTEMPT_COUNT%',
                    ),
                  ),
                ],
              },
            }),
          ],
          clusters,
        },
      }
    },
    stats: /stateful_session|upstream_rq_(?:total|retry|503)$|lb_healthy_panic/,
    traffic: async (side) => {
      const two = portOf(side, 'two')
      let lines = 0
      const ask = async (path: string, header: string, order = 'status=200'): Promise<void> => {
        const [reply] = await side.exchange(
          'front',
          `GET ${path} HTTP/1.1\r\nhost: a\r\n${header}\r\nx-do: ${order}\r\n\r\n`,
        )
        const session = reply?.headers.find((line) => line.startsWith('x-session'))?.slice('x-session: '.length)
        const host = session === undefined ? undefined : Buffer.from(session, 'base64').toString()
        const who = [...side.places.ports].find(([port]) => host === `127.0.0.1:${port}`)?.[1] ?? host
        side.note(`${path} ${++lines}`, [reply?.status, reply?.body, who])
      }
      for (const health of HEALTHS) {
        await ask(`/${health}`, named(two))
        // Who of a healthy and a degraded host serves is thrown dice for.
        const certain = HEALTHS.filter((allowed) => 'strict' in config || health !== 'DEGRADED' || allowed === health)
        for (const allowed of certain) await ask(`/${allowed}-allowed-${health}`, named(two))
      }
      for (const path of ['lower', 'lower-unhealthy', 'no-status', 'random', 'ring', 'least', 'maglev', 'subset']) {
        await ask(`/${path}`, named(two))
      }
      await ask('/dead', named(DEAD))
      await ask('/dead-retried', named(DEAD))
      await ask('/HEALTHY-retried', named(two), 'status=503')
      await ask('/nobody', named(two))
      await ask('/nobody', 'x: y')
      await ask('/lower', named(2))
      await ask('/lower', 'x-session: nonsense')
      await ask('/direct', named(two))
      await ask('/missing', named(two))
      await side.noteLog('access.log', lines)
    },
  })
}

function portOf(side: Side, name: string): number {
  return [...side.places.ports].find(([, each]) => each === name)![0]
}

run('any other will do', {})
run('no other will do', { strict: true })
run('no other will do, and another status', { strict: true, status_on_strict_destination_not_found: 410 })
