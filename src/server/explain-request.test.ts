import { describe, expect, test } from 'bun:test'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { explainHttpRequest } from './explain-request.ts'

const MANAGER = 'type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager'
const BOOTSTRAP = `static_resources:
  listeners:
  - name: front
    address: {socket_address: {address: 127.0.0.1, port_value: 8443}}
    filter_chains:
    - filter_chain_match: {server_names: [www.shop.test]}
      filters:
      - name: hcm
        typed_config:
          "@type": ${MANAGER}
          stat_prefix: in
          route_config:
            name: shop
            virtual_hosts:
            - name: all
              domains: ["*.shop.test"]
              routes:
              - match: {path: /health}
                direct_response: {status: 200, body: {inline_string: ok}}
              - name: v2
                match:
                  prefix: /api
                  headers:
                  - name: x-version
                    string_match: {exact: "2"}
                route: {cluster: api}
              - name: api
                match: {path_separated_prefix: /api}
                route:
                  cluster: api
                  prefix_rewrite: /v1
                  timeout: 3s
                  retry_policy: {retry_on: 5xx, num_retries: 2, per_try_timeout: 1s}
`

function explain(method: string, url: string, headers: readonly string[] = [], bootstrap = BOOTSTRAP) {
  const folder = mkdtempSync(join(tmpdir(), 'explain-'))
  try {
    const config = join(folder, 'envoy.yaml')
    writeFileSync(config, bootstrap)
    const result = explainHttpRequest({ config, method, url, headers, listener: undefined, random: 0 }, [])
    return { ok: result.ok, lines: result.lines.map((line) => line.replaceAll(`${folder}/`, '').replace(/ +/g, ' ')) }
  } finally {
    rmSync(folder, { recursive: true })
  }
}

describe('one request explained', () => {
  test('each step with its place, to what the route makes of the request', () => {
    expect(explain('GET', 'https://www.shop.test/api/users?x=1', ['X-Version: 1', 'Host: www.shop.test'])).toEqual({
      ok: true,
      lines: [
        'listener "front" 127.0.0.1:8443 envoy.yaml:3',
        'filter chain 0 of 1 envoy.yaml:6',
        'route table "shop" envoy.yaml:13',
        'virtual host "all" by its domain "*.shop.test" envoy.yaml:15',
        'route 0 no: path "/health" does not match /api/users envoy.yaml:18',
        'route 1 "v2" no: headers "x-version" {"string_match":{"exact":"2"}}: the request has "1" envoy.yaml:24',
        'route 2 "api" matches envoy.yaml:27',
        'cluster "api": not in this file; without it the answer is 503',
        'path /v1/users?x=1 (before: /api/users?x=1)',
        'host www.shop.test',
        'timeouts the request 3000 ms, an idle stream 300000 ms, an attempt 1000 ms',
        'retries 2 on 5xx',
      ],
    })
  })

  test('what no route, no virtual host and no filter chain takes', () => {
    expect(explain('GET', 'https://www.shop.test/x').lines.at(-1)).toBe('answer 404: no route matches')
    const other = explain('GET', 'https://www.shop.test/x', ['host: other.test'])
    expect(other.lines.at(-1)).toStartWith('virtual host none has a domain for "other.test": 404')
    expect(explain('GET', 'http://www.shop.test/x').lines.at(-1)).toStartWith(
      'filter chain none of 1 matches: the connection is closed',
    )
    expect(explain('GET', 'no url')).toEqual({ ok: false, lines: ['not an absolute URL: no url'] })
  })
})

const MORE = `layered_runtime: {layers: [{name: s, static_layer: {half: {numerator: 100}}}]}
static_resources:
  clusters:
  - name: a
    load_assignment: {cluster_name: a}
  listeners:
  - name: front
    address: {socket_address: {address: 127.0.0.1, port_value: 8080}}
    filter_chains:
    - filters:
      - name: hcm
        typed_config:
          "@type": ${MANAGER}
          stat_prefix: in
          normalize_path: true
          strip_matching_host_port: true
          stream_idle_timeout: 7s
          route_config:
            virtual_hosts:
            - name: secure
              domains: [secure.test]
              require_tls: EXTERNAL_ONLY
              routes: [{match: {prefix: /}, route: {cluster: a}}]
            - name: tree
              domains: [tree.test]
              matcher:
                matcher_tree:
                  input:
                    name: path
                    typed_config:
                      "@type": type.googleapis.com/envoy.type.matcher.v3.HttpRequestHeaderMatchInput
                      header_name: ":path"
                  prefix_match_map:
                    map:
                      /x:
                        action:
                          name: list
                          typed_config:
                            "@type": type.googleapis.com/envoy.config.route.v3.RouteList
                            routes:
                            - match: {path: /x/1}
                              route: {cluster: a}
                            - name: second
                              match: {prefix: /x/}
                              route: {cluster: gone, timeout: 0s}
            - name: all
              domains: ["*"]
              routes:
              - match: {prefix: /half, runtime_fraction: {runtime_key: half, default_value: {numerator: 0}}}
                route: {cluster: a}
`

describe('what comes before and around the routes', () => {
  const explained = (url: string) => explain('GET', url, [], MORE).lines.slice(2)

  test('path and host are what the connection manager makes of them, runtime what static layers say', () => {
    expect(explained('http://z.test:8080/x/../half')).toEqual([
      'request z.test/half (before: z.test:8080/x/../half) envoy.yaml:13',
      'route table "" envoy.yaml:19',
      'virtual host "all" by its domain "*" envoy.yaml:46',
      'route 0 matches envoy.yaml:49',
      'cluster "a" envoy.yaml:4',
      'path /half',
      'host z.test',
      'timeouts the request 15000 ms, an idle stream 7000 ms',
      'retries none',
    ])
    expect(explained('http://z.test:8080/a#b')).toEqual(['answer 400: the path cannot be normalized envoy.yaml:13'])
  })

  test('require_tls answers before any route', () => {
    expect(explained('http://secure.test:8080/').slice(2)).toEqual([
      'virtual host "secure" by its domain "secure.test" envoy.yaml:20',
      'require_tls EXTERNAL_ONLY envoy.yaml:22',
      'answer 301 to https://secure.test/',
    ])
  })

  test('a matcher leads to its routes, or to none', () => {
    expect(explained('http://tree.test:8080/x/2').slice(2, -3)).toEqual([
      'virtual host "tree" by its domain "tree.test" envoy.yaml:24',
      'matcher leads to 2 routes envoy.yaml:37',
      'route 0 no: path "/x/1" does not match /x/2 envoy.yaml:41',
      'route 1 "second" matches envoy.yaml:43',
      'cluster "gone": not in this file; without it the answer is 503',
      'path /x/2',
    ])
    expect(explained('http://tree.test:8080/y').slice(3)).toEqual([
      'matcher leads to no action envoy.yaml:27',
      'answer 404: no route matches',
    ])
  })
})
