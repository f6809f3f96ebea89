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

function explain(method: string, url: string, ...headers: readonly string[]) {
  const folder = mkdtempSync(join(tmpdir(), 'explain-'))
  try {
    const config = join(folder, 'envoy.yaml')
    writeFileSync(config, BOOTSTRAP)
    const result = explainHttpRequest({ config, method, url, headers, listener: undefined, random: 0 }, [])
    return { ok: result.ok, lines: result.lines.map((line) => line.replaceAll(`${folder}/`, '').replace(/ +/g, ' ')) }
  } finally {
    rmSync(folder, { recursive: true })
  }
}

describe('one request explained', () => {
  test('each step with its place, to what the route makes of the request', () => {
    expect(explain('GET', 'https://www.shop.test/api/users?x=1', 'X-Version: 1', 'Host: www.shop.test')).toEqual({
      ok: true,
      lines: [
        'listener "front" 127.0.0.1:8443 envoy.yaml:3',
        'filter chain 0 of 1 envoy.yaml:6',
        'route table "shop" envoy.yaml:13',
        'virtual host "all" by its domain "*.shop.test" envoy.yaml:15',
        'route 0 no: path "/health" does not match /api/users envoy.yaml:18',
        'route 1 "v2" no: headers "x-version" {"string_match":{"exact":"2"}}: the request has "1" envoy.yaml:24',
        'route 2 "api" matches envoy.yaml:27',
        'cluster "api"',
        'path /v1/users?x=1 (before: /api/users?x=1)',
        'host www.shop.test',
        'timeouts the request 3000 ms, an idle stream that of the connection manager, an attempt 1000 ms',
        'retries 2 on 5xx',
      ],
    })
  })

  test('what no route, no virtual host and no filter chain takes', () => {
    expect(explain('GET', 'https://www.shop.test/x').lines.at(-1)).toBe('answer 404: no route matches')
    const other = explain('GET', 'https://www.shop.test/x', 'host: other.test')
    expect(other.lines.at(-1)).toStartWith('virtual host none has a domain for "other.test": 404')
    expect(explain('GET', 'http://www.shop.test/x').lines.at(-1)).toStartWith(
      'filter chain none of 1 matches: the connection is closed',
    )
    expect(explain('GET', 'no url')).toEqual({ ok: false, lines: ['not an absolute URL: no url'] })
  })
})
