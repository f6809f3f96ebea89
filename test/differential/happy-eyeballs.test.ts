/* Endpoints with several addresses: which one is used, after what, and what is told of it. */
import { blackHole } from '../support/black-hole.ts'
import { httpListener, routeTo } from '../support/configs.ts'
import { differential } from './support/differential.ts'
import { fileLog, textFormat } from '../support/file-log.ts'

const LOG =
  '%REQ(:PATH)% %RESPONSE_CODE% %RESPONSE_FLAGS% %RESPONSE_CODE_DETAILS% host=%UPSTREAM_HOST% ' +
  'remote=%UPSTREAM_REMOTE_ADDRESS% failure=%UPSTREAM_TRANSPORT_FAILURE_REASON% hosts=%UPSTREAM_HOSTS_ATTEMPTED%'

const socket = (address: string, port_value: number): object => ({ socket_address: { address, port_value } })
const pipe = (path: string): object => ({ pipe: { path } })

let hole: { readonly port: number } | undefined = undefined

/** By name: the addresses of the only endpoint, and what else the cluster has. */
function cases(app: number): Readonly<Record<string, readonly [readonly object[], object?]>> {
  const live = socket('127.0.0.1', app)
  const dead = socket('127.0.0.1', 1)
  const silent = socket('127.0.0.1', hole?.port ?? 0)
  const v6 = { happy_eyeballs_config: { first_address_family_version: 'V6', first_address_family_count: 2 } }
  return {
    'live-first': [[live, dead]],
    refused: [[dead, live]],
    silent: [[silent, live]],
    'silent-and-refused': [[silent, dead, live]],
    'other-family': [[dead, dead, socket('::1', 1), live]],
    'v6-first': [[live, socket('::1', 1)], { upstream_connection_options: v6 }],
    'all-refused': [[dead, socket('127.0.0.2', 1)]],
    'all-silent': [[silent, silent], { connect_timeout: '0.5s' }],
    pipe: [[pipe('/nowhere/at/all'), live]],
    'names-in-dns': [[socket('127.0.0.1', app), dead], { type: 'STRICT_DNS' }],
  }
}

const NAMES = Object.keys(cases(1))

differential('endpoints with several addresses', {
  backends: ['app'],
  before: async () => void (hole = await blackHole()),
  bootstrap: (port) => ({
    static_resources: {
      listeners: [
        httpListener('front', {
          routes: NAMES.map((name) => routeTo(name, `/${name}/`)),
          extra: { access_log: [fileLog('access.log', textFormat(LOG))] },
        }),
      ],
      clusters: Object.entries(cases(port('app'))).map(([name, [[address, ...others], more]]) => ({
        name,
        connect_timeout: '2s',
        load_assignment: {
          cluster_name: name,
          endpoints: [
            {
              lb_endpoints: [
                { endpoint: { address, additional_addresses: others.map((each) => ({ address: each })) } },
              ],
            },
          ],
        },
        ...more,
      })),
    },
  }),
  stats: /^cluster\..*upstream_cx_(?:total|active|connect|destroy|http1)/,
  traffic: async (side) => {
    for (const name of NAMES) {
      for (const path of ['/one', '/two']) await side.request(`${name}${path}`, 'front', `GET /${name}${path}`)
    }
    await side.noteLog('access.log', NAMES.length * 2)
    await side.noteAdmin('/config_dump?include_eds', (text) => {
      const dumps = (JSON.parse(text) as { configs: readonly Readonly<Record<string, unknown>>[] }).configs
      return JSON.stringify(dumps.find((dump) => String(dump['@type']).endsWith('EndpointsConfigDump')))
        .match(/"additional_addresses":\[.*?\]/g)
        ?.toSorted()
    })
    await side.noteAdmin('/clusters', (text) =>
      text
        .split('\n')
        .filter((line) => /::cx_|::rq_/.test(line))
        .toSorted(),
    )
  },
})
