/* A route table for each scope of requests, and what makes a scope. */
import { httpListener, routeTo, staticCluster } from '../support/configs.ts'
import { differential } from './support/differential.ts'

const extractor = (fields: object) => ({ header_value_extractor: fields })
const scope = (name: string, ...fragments: readonly string[]) => ({
  name,
  key: { fragments: fragments.map((string_key) => ({ string_key })) },
  route_configuration: { name, virtual_hosts: [{ name: 'v', domains: ['*'], routes: [routeTo(name)] }] },
})

const SCOPED = {
  route_config: undefined,
  scoped_routes: {
    name: 'scopes',
    scope_key_builder: {
      fragments: [
        extractor({ name: 'X-Scope', element_separator: ';', element: { separator: '=', key: 'vip' } }),
        extractor({ name: 'x-two', element_separator: ',', index: 1 }),
        extractor({ name: 'x-whole', index: 0 }),
      ],
    },
    scoped_route_configurations_list: {
      scoped_route_configurations: [scope('one', 'a', 'b', 'w'), scope('two', '', 'd', 'w')],
    },
  },
}

differential('scoped routes', {
  backends: ['one', 'two'],
  bootstrap: (port) => ({
    static_resources: {
      listeners: [httpListener('front', { extra: SCOPED })],
      clusters: [staticCluster('one', [port('one')]), staticCluster('two', [port('two')])],
    },
  }),
  traffic: async (side) => {
    const ask = (...headers: readonly string[]) =>
      side.request(headers.join(' '), 'front', 'GET /', ...headers, ...(headers.length > 2 ? [] : ['x-whole: w']))
    await ask('x-scope: vip=a', 'x-two: 0,b')
    await ask('x-scope: z=1;vip=a;vip=c', 'x-two: 0,b,c')
    await ask('x-scope: vip=a', 'x-two: b')
    await ask('x-scope: vip=a')
    await ask('x-scope: VIP=a', 'x-two: 0,b')
    await ask('x-scope: vip', 'x-two: 0,d')
    await ask('x-scope: vip=', 'x-two: 0,d')
    await ask('x-scope: vip=a=', 'x-two: 0,b')
    await ask('x-scope: vip=a', 'x-two: 0,b', 'x-whole: v')
    await ask('x-scope: vip=a', 'x-two: 0,b', 'x-whole: w', 'x-whole: v')
    for (const query of ['', '&name_regex=one', '&name_regex=none', '&mask=name']) {
      await side.noteAdmin(`/config_dump?resource=inline_scoped_route_configs${query}`)
    }
  },
})
