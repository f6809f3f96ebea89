/** What the proxies are configured with. Each setup has processes of its own, so that none weighs on the figures of another. */
export interface Setup {
  /** Prefixes of the listener `routes`. */
  readonly routes: number
  /** HTTP filters in front of the router of the listener `accesslog`; Envoy and Nuncio only. */
  readonly filters: readonly object[]
}

export const ORDINARY: Setup = { routes: 1000, filters: [] }

export const MANY_ROUTES: Setup = { routes: 10_000, filters: [] }

const HTTP_FILTERS = 'type.googleapis.com/envoy.extensions.filters.http'

const header = (key: string): object => ({ append: { header: { key, value: 'bench' } } })

export const THREE_FILTERS: Setup = {
  routes: 1000,
  filters: [
    { name: 'envoy.filters.http.cors', typed_config: { '@type': `${HTTP_FILTERS}.cors.v3.Cors` } },
    {
      name: 'envoy.filters.http.rbac',
      typed_config: {
        '@type': `${HTTP_FILTERS}.rbac.v3.RBAC`,
        rules: {
          policies: {
            all: {
              permissions: [{ url_path: { path: { prefix: '/' } } }],
              principals: [{ direct_remote_ip: { address_prefix: '127.0.0.0', prefix_len: 8 } }],
            },
          },
        },
      },
    },
    {
      name: 'envoy.filters.http.header_mutation',
      typed_config: {
        '@type': `${HTTP_FILTERS}.header_mutation.v3.HeaderMutation`,
        mutations: { request_mutations: [header('x-asked')], response_mutations: [header('x-told')] },
      },
    },
  ],
}
