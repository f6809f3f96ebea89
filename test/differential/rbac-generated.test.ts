/*
 * RBAC beside Envoy with policies made by chance, the same in every run: nested permissions and principals over everything
 * that a plain connection has, several policies with each action, shadow rules, and trees of matchers, one set a route.
 */
import { httpListener } from '../support/configs.ts'
import { Dice } from './support/dice.ts'
import { differential } from './support/differential.ts'
import { fileLog, textFormat } from '../support/file-log.ts'
import { RbacRules, TEXTS } from './support/rbac-rules.ts'

const T = 'type.googleapis.com/'
const typed = (type: string, fields: object = {}) => ({
  name: 'x',
  typed_config: { '@type': `${T}${type}`, ...fields },
})

const PATHS = ['/x', '/x/y', '/x/y/z', '/a.b', '/']

const COUNT = 150
const made = new RbacRules(21)
const ROUTES = Array.from({ length: COUNT }, (_, i) => ({
  match: { path_separated_prefix: `/${i}` },
  direct_response: { status: 200 },
  metadata: { filter_metadata: { test: { role: i % 2 === 0 ? 'admin' : 'a', list: [1, 'b'], number: i % 4 } } },
  typed_per_filter_config: {
    rbac: { '@type': `${T}envoy.extensions.filters.http.rbac.v3.RBACPerRoute`, rbac: made.filter() },
  },
}))

const METADATA = {
  role: 'admin',
  list: ['a', 1, true, null, ['b']],
  flag: true,
  number: 2,
  nothing: null,
  deep: { k: '12' },
}
const state = (object_key: string, factory_key: string, format: string) => ({
  object_key,
  factory_key,
  format_string: { text_format_source: { inline_string: format } },
})

const LOG =
  '%REQ(:PATH)% %RESPONSE_CODE% %RESPONSE_CODE_DETAILS% %RESPONSE_FLAGS% ' +
  '%DYNAMIC_METADATA(envoy.filters.http.rbac)% %DYNAMIC_METADATA(envoy.common)%'

differential('RBAC with generated policies', {
  bootstrap: () => ({
    static_resources: {
      listeners: [
        httpListener('front', {
          routes: ROUTES,
          extra: {
            access_log: [fileLog('access.log', textFormat(LOG))],
            http_filters: [
              {
                ...typed('envoy.extensions.filters.http.set_metadata.v3.Config', {
                  metadata: [{ metadata_namespace: 'test', value: METADATA }],
                }),
              },
              {
                ...typed('envoy.extensions.filters.http.set_filter_state.v3.Config', {
                  on_request_headers: [
                    state('text', 'envoy.string', 'state %REQ(x-a)%'),
                    state('ip', 'envoy.network.ip', '10.1.1.1'),
                  ],
                }),
                name: 'y',
              },
              { ...typed('envoy.extensions.filters.http.rbac.v3.RBAC'), name: 'rbac' },
              { ...typed('envoy.extensions.filters.http.router.v3.Router'), name: 'router' },
            ],
          },
        }),
      ],
    },
  }),
  stats: /rbac/,
  traffic: async (side) => {
    const dice = new Dice(4)
    let lines = 0
    for (let i = 0; i < COUNT; i++) {
      for (let k = 0; k < 4; k++) {
        const headers = dice.some(0, 3, () => `${dice.oneOf(['x-a', 'x-b', 'user-agent'])}: ${dice.oneOf(TEXTS)}`)
        const forwarded = dice.oneIn(3) ? ['x-forwarded-for: 10.1.1.1'] : []
        const host = dice.oneIn(3) ? ['host: b.test'] : []
        const request = `${dice.oneOf(['GET', 'POST'])} /${i}${dice.oneOf(PATHS)}`
        await side.request(`${i} ${k} ${request}`, 'front', request, ...host, ...headers, ...forwarded)
        lines++
      }
    }
    await side.noteLog('access.log', lines)
  },
})

const SETS = 24
const ofConnections = new RbacRules(31, true)
const CHAINS = Array.from({ length: SETS }, (_, i) => {
  const { track_per_rule_stats: _unused, ...fields } = ofConnections.filter() as { track_per_rule_stats?: boolean }
  const made = httpListener(`c${i}`, { routes: [{ match: { prefix: '/' }, direct_response: { status: 200 } }] }) as {
    filter_chains: [{ filters: object[] }]
  }
  made.filter_chains[0].filters.unshift(
    typed('envoy.extensions.filters.network.set_filter_state.v3.Config', {
      on_new_connection: [
        state('text', 'envoy.string', 'state %DOWNSTREAM_REMOTE_ADDRESS_WITHOUT_PORT%'),
        state('ip', 'envoy.network.ip', '10.1.1.1'),
      ],
    }),
    typed('envoy.extensions.filters.network.rbac.v3.RBAC', {
      ...fields,
      stat_prefix: `c${i}.`,
      ...(i % 3 === 0 && { enforcement_type: 'CONTINUOUS' }),
    }),
  )
  const log =
    '%CONNECTION_TERMINATION_DETAILS% %DYNAMIC_METADATA(envoy.filters.network.rbac)% %DYNAMIC_METADATA(envoy.common)%'
  return { ...made, access_log: [fileLog('all.log', textFormat(`c${i} ${log}`))] }
})

differential('network RBAC with generated policies', {
  bootstrap: () => ({ static_resources: { listeners: CHAINS } }),
  stats: /rbac/,
  traffic: async (side) => {
    for (let i = 0; i < SETS; i++) {
      await side.send(`c${i}`, `c${i}`, 'GET / HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n', true)
      // In the order of the listeners, though connections end on their own.
      await side.logLines('all.log', i + 1)
    }
    await side.noteLog('all.log', SETS)
  },
})
