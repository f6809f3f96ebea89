/*
 * Fields that configuration makes and that would break the head of a request: names that are none, and values with controls
 * out of metadata. Such a request is not sent; in responses nobody looks.
 */
import { httpListener, staticCluster } from '../support/configs.ts'
import { fileLog, textFormat } from '../support/file-log.ts'
import { differential } from './support/differential.ts'
import { filterEntry, perFilter } from './support/filter-case.ts'
import { OUTCOME } from './support/pieces.ts'

const TEXTS = { feed: 'a\nb', line: 'a\r\nx-evil: 1', control: 'a\u0001b', tab: 'a\tb', text: 'é' }
const LINE = '%DYNAMIC_METADATA(t:line)%'

const field = (key: string, value: string) => ({ header: { key, value } })
const requestFields = (...fields: object[]) => ({ request_headers_to_add: fields })
const append = (key: string, value: string) => ({ append: field(key, value) })

/** By what is odd about them; the rest of a route. */
const ROUTES: Readonly<Record<string, { readonly route?: object; readonly more?: object }>> = {
  ...Object.fromEntries(
    Object.keys(TEXTS).map((text) => [text, { more: requestFields(field('x-a', `%DYNAMIC_METADATA(t:${text})%`)) }]),
  ),
  constant: { more: requestFields(field('x-a', 'a\u0001b')) },
  space: { more: requestFields(field('x a', 'b')) },
  quote: { more: requestFields(field('x"a', 'b')) },
  accent: { more: requestFields(field('X-É', 'b')) },
  several: { more: requestFields(field('x-b', LINE), field('x a', 'b')) },
  host: { route: { host_rewrite: LINE } },
  path: { route: { path_rewrite: `/${LINE}` } },
  retried: { route: { retry_policy: { retry_on: '5xx,reset' } }, more: requestFields(field('x a', 'b')) },
  mirrored: { route: { request_mirror_policies: [{ cluster: 'copies' }] }, more: requestFields(field('x a', 'b')) },
  filter: {
    more: perFilter('header_mutation', 'header_mutation.v3.HeaderMutationPerRoute', {
      mutations: { request_mutations: [append('x a', 'b')], response_mutations: [append('X-É', 'b')] },
    }),
  },
  'taken away': {
    more: perFilter('header_mutation', 'header_mutation.v3.HeaderMutationPerRoute', {
      mutations: { request_mutations: [append('x a', 'b'), { remove: 'X A' }] },
    }),
  },
  response: { more: { response_headers_to_add: [field('X-É', 'b'), field('x a', 'b')] } },
}

const hostOf = (name: string) => `${name.replace(' ', '-')}.test`

differential('fields that a request cannot have', {
  backends: ['app', 'copies'],
  bootstrap: (port) => ({
    static_resources: {
      listeners: [
        httpListener('front', {
          table: {
            virtual_hosts: Object.entries(ROUTES).map(([name, { route, more }]) => ({
              name,
              domains: [hostOf(name)],
              routes: [{ match: { prefix: '/' }, route: { cluster: 'app', ...route }, ...more }],
            })),
          },
          filters: [
            filterEntry('set_metadata', 'set_metadata.v3.Config', {
              metadata: [{ metadata_namespace: 't', value: TEXTS }],
            }),
            filterEntry('header_mutation', 'header_mutation.v3.HeaderMutation'),
          ],
          extra: { access_log: [fileLog('access.log', textFormat(OUTCOME))] },
        }),
      ],
      clusters: ['app', 'copies'].map((name) => staticCluster(name, [port(name)])),
    },
  }),
  stats: /^cluster\.(?:app|copies)\.upstream_rq_(?:pending_)?total$|^http\.ingress\.downstream_rq_\dxx$/,
  traffic: async (side) => {
    for (const name of Object.keys(ROUTES)) {
      await side.request(name, 'front', 'GET /?q', `host: ${hostOf(name)}`)
      await side.request(`${name}, gRPC`, 'front', 'GET /', `host: ${hostOf(name)}`, 'content-type: application/grpc')
    }
    side.noteSeen('app')
    side.noteSeen('copies')
    await side.noteLog('access.log', 2 * Object.keys(ROUTES).length)
  },
})
