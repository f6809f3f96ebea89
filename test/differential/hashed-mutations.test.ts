/* Hosts are chosen by what routes make of requests: headers that they add, paths and hosts that they rewrite. */
import { httpListener, routeTo } from '../support/configs.ts'
import { AddressedBackend, hostsOf } from './support/addressed-backend.ts'
import { differential } from './support/differential.ts'

const added = (key: string, value: string): object => ({ request_headers_to_add: [{ header: { key, value } }] })
const hash = (header_name: string): object => ({ header: { header_name } })

const CASES: Readonly<Record<string, object>> = {
  plain: routeTo('ring', '', { hash_policy: [hash('x-key')] }),
  added: { ...routeTo('ring', '', { hash_policy: [hash('x-new')] }), ...added('x-new', '%REQ(x-key)%-new') },
  appended: { ...routeTo('ring', '', { hash_policy: [hash('x-key')] }), ...added('x-key', 'more') },
  removed: { ...routeTo('ring', '', { hash_policy: [hash('x-key')] }), request_headers_to_remove: ['x-key'] },
  path: routeTo('ring', '', { hash_policy: [hash(':path')], prefix_rewrite: '/new' }),
  host: routeTo('ring', '', { hash_policy: [hash(':authority')], host_rewrite_literal: 'host.test' }),
  query: routeTo('ring', '', {
    hash_policy: [{ query_parameter: { name: 'a' } }],
    regex_rewrite: { pattern: { regex: 'a=1' }, substitution: 'a=2' },
  }),
}

const backend = new AddressedBackend()

differential('hosts by hashes of what routes change', {
  before: () => backend.start(),
  bootstrap: () => ({
    static_resources: {
      listeners: [
        httpListener('front', {
          routes: Object.entries(CASES).map(([name, route]) => ({
            ...route,
            match: { path_separated_prefix: `/${name}` },
          })),
        }),
      ],
      clusters: [
        {
          name: 'ring',
          type: 'STATIC',
          lb_policy: 'RING_HASH',
          load_assignment: {
            cluster_name: 'ring',
            endpoints: [
              { lb_endpoints: Array.from({ length: 9 }, (_, i) => ({ endpoint: backend.endpoint(i + 1, `h${i}`) })) },
            ],
          },
        },
      ],
    },
  }),
  traffic: async (side) => {
    for (const name of Object.keys(CASES)) {
      // Without anything to hash any host will do.
      if (name === 'removed') continue
      side.note(name, await hostsOf(side, `/${name}/x?a=1`, 60))
    }
    const scattered = new Set(await hostsOf(side, '/removed', 60))
    side.note('removed', scattered.size > 3)
  },
})
