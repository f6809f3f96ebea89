/* Header mutations at every level, rewrites, and the headers that the proxy adds itself. */
import { httpListener, routeTo, staticCluster } from '../support/configs.ts'
import { differential } from './support/differential.ts'
import { routes, virtualHost } from './support/pieces.ts'

function add(key: string, value: string, action = 'APPEND_IF_EXISTS_OR_ADD'): object {
  return { header: { key, value }, append_action: action }
}

/** The same mutations at one level; what they write tells the level. */
function level(name: string): object {
  const list = [
    add('x-append', name),
    add('x-absent', name, 'ADD_IF_ABSENT'),
    add('x-over', name, 'OVERWRITE_IF_EXISTS_OR_ADD'),
    add('x-existing', name, 'OVERWRITE_IF_EXISTS'),
    add(`x-only-${name}`, '%REQ(:METHOD)% %PROTOCOL% %REQ(x-none)%|%REQ(x-client):3%'),
  ]
  return {
    request_headers_to_add: list,
    request_headers_to_remove: [`x-drop-${name}`],
    response_headers_to_add: [...list, add(`x-code-${name}`, '%RESPONSE_CODE% %RESP(x-backend)% %ROUTE_NAME%')],
    response_headers_to_remove: [`x-gone-${name}`],
  }
}

const SENT = [
  'x-client: abcdef',
  'x-existing: client',
  'x-over: client',
  'x-drop-route: 1',
  'x-drop-vhost: 1',
  'x-keep: 1',
]

function mutations(mostSpecificWins: boolean, port: number): object {
  const weighted = {
    weighted_clusters: { clusters: [{ name: 'app', weight: 1, ...level('cluster') }] },
  }
  return {
    static_resources: {
      listeners: [
        httpListener('front', {
          extra: routes(
            [
              virtualHost(
                'all',
                ['*'],
                [
                  { name: 'weighted', match: { prefix: '/w' }, route: weighted, ...level('route') },
                  { name: 'direct', match: { prefix: '/d' }, direct_response: { status: 201 }, ...level('route') },
                  { name: 'redirect', match: { prefix: '/r' }, redirect: { path_redirect: '/x' }, ...level('route') },
                  { name: 'plain', ...routeTo('app') },
                ],
                level('vhost'),
              ),
            ],
            { ...level('table'), most_specific_header_mutations_wins: mostSpecificWins },
          ),
        }),
      ],
      clusters: [staticCluster('app', [port])],
    },
  }
}

for (const wins of [false, true]) {
  differential(`header mutations at four levels, most_specific_header_mutations_wins: ${wins}`, {
    backends: ['app'],
    bootstrap: (port) => mutations(wins, port('app')) as Record<string, unknown>,
    traffic: async (side) => {
      const answer = 'x-do: header=x-existing:upstream'
      await side.request('weighted', 'front', 'GET /w', ...SENT, answer)
      await side.request('plain', 'front', 'POST /p', ...SENT, 'content-length: 0')
      await side.request('direct', 'front', 'GET /d', ...SENT)
      await side.request('redirect', 'front', 'HEAD /r', ...SENT)
      await side.request('none', 'front', 'GET /w', 'x-do: header=x-gone-route:1')
      side.noteSeen('app')
    },
  })
}

differential('rewrites of path and host, and what is remembered of the original', {
  backends: ['app'],
  bootstrap: (port) => ({
    static_resources: {
      listeners: [
        httpListener('front', {
          routes: [
            routeTo('app', '/prefix/', { prefix_rewrite: '/' }),
            routeTo('app', '/cut', { prefix_rewrite: '/new' }),
            routeTo('app', '/regex', {
              regex_rewrite: { pattern: { regex: '^/regex/([^/]+)/(.*)$' }, substitution: '/\\2/\\1' },
            }),
            routeTo('app', '/literal', { host_rewrite_literal: 'literal.test', append_x_forwarded_host: true }),
            routeTo('app', '/from-header', { host_rewrite_header: 'x-host' }),
            routeTo('app', '/from-path/', {
              host_rewrite_path_regex: { pattern: { regex: '^/from-path/(.+)$' }, substitution: '\\1' },
            }),
            routeTo('named', '/auto', { auto_host_rewrite: true }),
            routeTo('app'),
          ],
        }),
        httpListener('edge', {
          statPrefix: 'edge',
          routes: [routeTo('app')],
          extra: {
            use_remote_address: true,
            normalize_path: true,
            merge_slashes: true,
            path_with_escaped_slashes_action: 'UNESCAPE_AND_REDIRECT',
            server_name: 'edge-1',
            via: 'edge-1',
            strip_any_host_port: true,
            add_user_agent: true,
            xff_num_trusted_hops: 1,
          },
        }),
      ],
      clusters: [
        staticCluster('app', [port('app')]),
        {
          ...staticCluster('named', []),
          load_assignment: {
            cluster_name: 'named',
            endpoints: [
              {
                lb_endpoints: [
                  {
                    endpoint: {
                      hostname: 'host.test',
                      address: { socket_address: { address: '127.0.0.1', port_value: port('app') } },
                    },
                  },
                ],
              },
            ],
          },
        },
      ],
    },
    node: { id: 'node-1', cluster: 'cluster-1' },
  }),
  traffic: async (side) => {
    for (const path of ['/prefix/a?b', '/prefix/', '/cutter?q', '/regex/one/two', '/regex/none', '/literal', '/auto']) {
      await side.request(path, 'front', `GET ${path}`)
    }
    await side.request('host header', 'front', 'GET /from-header', 'x-host: header.test')
    await side.request('host header missing', 'front', 'GET /from-header')
    await side.request('host of the path', 'front', 'GET /from-path/path.test?x=y')
    await side.request('slashes', 'edge', 'GET /a//b/../c/%2e%2e/d?x=/../y', 'x-forwarded-for: 1.2.3.4, 5.6.7.8')
    await side.request('escaped slash', 'edge', 'GET /a%2Fb')
    await side.request('above the root', 'edge', 'GET /../../x')
    await side.request('port and scheme', 'edge', 'GET /p', 'host: a.test:8080', 'x-forwarded-proto: https')
    await side.request(
      'headers of ours',
      'edge',
      'GET /p',
      'x-envoy-retry-on: 5xx',
      'x-request-id: mine',
      'via: 1.0 up',
    )
    await side.request(
      'hop by hop',
      'front',
      'GET /p',
      'connection: x-mine',
      'x-mine: 1',
      'te: gzip, trailers',
      'keep-alive: 5',
    )
    side.noteSeen('app')
  },
})

const KEPT = [add('keep-alive', 'timeout=5'), add('proxy-connection', 'x'), add('x-saw', '[%RESP(keep-alive)%]')]

differential('keep-alive of the upstream ends here, and one that a route adds reaches the client', {
  backends: ['app'],
  bootstrap: (port) => ({
    static_resources: {
      listeners: [
        httpListener('front', {
          routes: [
            { match: { prefix: '/d' }, direct_response: { status: 201 }, response_headers_to_add: KEPT },
            { ...routeTo('app', '/added'), response_headers_to_add: KEPT },
            routeTo('app'),
          ],
          extra: { upgrade_configs: [{ upgrade_type: 'websocket' }] },
        }),
      ],
      clusters: [staticCluster('app', [port('app')])],
    },
  }),
  traffic: async (side) => {
    const order = 'x-do: fields=keep-alive: 7|proxy-connection: y|connection: keep-alive'
    for (const path of ['/direct', '/added', '/']) await side.request(path, 'front', `GET ${path}`, order)
    await side.request('refused upgrade', 'front', 'GET /', order, 'connection: upgrade', 'upgrade: websocket')
  },
})
