/* Requests that name their hosts, and what happens when the cluster has none of them. */
import { afterAll, beforeAll } from 'bun:test'
import { httpListener, routeTo } from '../support/configs.ts'
import { AddressedBackend } from './support/addressed-backend.ts'
import { differential } from './support/differential.ts'

const backend = new AddressedBackend()
beforeAll(() => backend.start())
afterAll(() => backend.close())

const POLICIES = 'type.googleapis.com/envoy.extensions.load_balancing_policies'

differential('hosts named by requests', {
  bootstrap: () => ({
    static_resources: {
      listeners: [httpListener('front', { routes: [routeTo('named')] })],
      clusters: [
        {
          name: 'named',
          type: 'STATIC',
          load_balancing_policy: {
            policies: [
              {
                typed_extension_config: {
                  name: 'envoy.load_balancing_policies.override_host',
                  typed_config: {
                    '@type': `${POLICIES}.override_host.v3.OverrideHost`,
                    override_host_sources: [{ header: 'X-To' }, { metadata: { key: 'a', path: [{ key: 'b' }] } }],
                    fallback_policy: {
                      policies: [
                        {
                          typed_extension_config: {
                            name: 'envoy.load_balancing_policies.ring_hash',
                            typed_config: { '@type': `${POLICIES}.ring_hash.v3.RingHash` },
                          },
                        },
                      ],
                    },
                  },
                },
              },
            ],
          },
          load_assignment: {
            cluster_name: 'named',
            endpoints: [
              {
                lb_endpoints: [
                  { endpoint: backend.endpoint(1) },
                  { endpoint: backend.endpoint(2), health_status: 'UNHEALTHY' },
                  { endpoint: backend.endpoint(3), health_status: 'UNHEALTHY' },
                ],
              },
              { priority: 1, lb_endpoints: [{ endpoint: backend.endpoint(4), health_status: 'UNHEALTHY' }] },
            ],
          },
          common_lb_config: { healthy_panic_threshold: { value: 0 } },
        },
      ],
    },
  }),
  traffic: async (side) => {
    const address = (host: number) => `127.0.1.${host}:${backend.port}`
    const asked = [address(2), ` ${address(3)} , x`, `nope,,${address(4)}`, '127.0.1.9:1', '', ',']
    for (const [index, to] of asked.entries()) {
      const [reply] = await side.exchange('front', `GET / HTTP/1.1\r\nhost: a\r\nx-to: ${to}\r\n\r\n`)
      side.note(`${index}`, reply?.body)
    }
  },
})
