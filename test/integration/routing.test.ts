/* What routes can ask for beside forwarding: copies, redirects that are followed here, tunnels, scopes, retries elsewhere. */
import { expect, test } from 'bun:test'
import { scriptedBackend } from '../differential/support/scripted-backend.ts'
import { direct, httpListener, routeTo, staticCluster } from '../support/configs.ts'
import { rawClient, rawServer } from '../support/raw-client.ts'
import type { WholeProxy } from '../support/whole-proxy.ts'
import { startWholeProxy } from '../support/whole-proxy.ts'

const ONE_WORKER = { flags: ['--concurrency', '1'] }

async function ask(proxy: WholeProxy, path: string, headers: Record<string, string> = {}, init: RequestInit = {}) {
  const url = `http://127.0.0.1:${proxy.port('front')}${path}`
  const response = await fetch(url, { ...init, headers, redirect: 'manual' })
  return { status: response.status, backend: response.headers.get('x-backend'), body: await response.text() }
}

async function until(holds: () => boolean): Promise<void> {
  for (const limit = performance.now() + 5000; !holds() && performance.now() < limit;) await Bun.sleep(5)
}

test('routing: copies of requests go to another cluster, and nobody waits for them', async () => {
  await using app = await scriptedBackend('app')
  await using copy = await scriptedBackend('copy')
  const mirrored = routeTo('app', '/', { request_mirror_policies: [{ cluster: 'copy' }, { cluster_header: 'x-to' }] })
  const clusters = [staticCluster('app', [app.port]), staticCluster('copy', [copy.port])]
  await using proxy = await startWholeProxy(
    { listeners: [httpListener('front', { routes: [mirrored] })], clusters },
    ONE_WORKER,
  )
  expect(await ask(proxy, '/x', { host: 'a.test' }, { method: 'POST', body: 'hello' })).toMatchObject({
    backend: 'app',
  })
  await until(() => copy.seen.length > 0)
  const [seen] = copy.seen
  expect(seen).toMatchObject({ line: 'POST /x HTTP/1.1', body: 'hello' })
  expect(seen?.headers).toContain('host: a.test-shadow')
  expect(seen?.headers).toContain('x-envoy-internal: true')
  expect(app.seen[0]?.headers).toContain('host: a.test')
  // A copy that gets no answer keeps nothing from going on.
  expect(await ask(proxy, '/y', { 'x-do': 'only=/never', 'x-to': 'nowhere' })).toMatchObject({ status: 200 })
}, 30_000)

test('routing: a redirect is followed where the route says so, with the body', async () => {
  await using app = await scriptedBackend('app')
  await using other = await scriptedBackend('other')
  const routes = [
    routeTo('app', '/follow', { internal_redirect_policy: { max_internal_redirects: 1 } }),
    { name: 'target', ...routeTo('other', '/target') },
    direct('/', 'none', 404),
  ]
  const clusters = [staticCluster('app', [app.port]), staticCluster('other', [other.port])]
  await using proxy = await startWholeProxy({ listeners: [httpListener('front', { routes })], clusters }, ONE_WORKER)
  const redirect = (to: string) => ({ 'x-do': `only=/follow;status=302;header=location: ${to}` })
  const sent = await ask(proxy, '/follow', redirect('http://a.test/target?x'), { method: 'POST', body: 'hello' })
  expect(sent).toEqual({ status: 200, backend: 'other', body: 'other\n' })
  expect(other.seen[0]).toMatchObject({ line: 'POST /target?x HTTP/1.1', body: 'hello' })
  expect((await ask(proxy, '/follow', redirect('/relative'))).status).toBe(302)
  expect((await ask(proxy, '/follow', redirect('http://a.test/follow/again'))).status).toBe(302)
  expect(await proxy.stat('cluster.app.upstream_internal_redirect_succeeded_total')).toBe(2)
  expect(await proxy.stat('cluster.app.upstream_internal_redirect_failed_total')).toBe(2)
  expect(await proxy.stat('http.ingress.passthrough_internal_redirect_too_many_redirects')).toBe(1)
}, 30_000)

test('routing: CONNECT ends here, and its bytes go both ways', async () => {
  await using echo = await rawServer((socket, _all, chunk) => void socket.write(chunk))
  const upgrade_configs = [{ upgrade_type: 'CONNECT', connect_config: {} }]
  const routes = [{ match: { connect_matcher: {} }, route: { cluster: 'echo', upgrade_configs } }]
  const front = httpListener('front', { routes, extra: { upgrade_configs: [{ upgrade_type: 'CONNECT' }] } })
  const resources = { listeners: [front], clusters: [staticCluster('echo', [echo.port])] }
  await using proxy = await startWholeProxy(resources, ONE_WORKER)
  using client = await rawClient(proxy.port('front'))
  client.write('CONNECT a.test:443 HTTP/1.1\r\nhost: a.test:443\r\n\r\n')
  await until(() => client.received().includes('\r\n\r\n'))
  expect(client.received()).toStartWith('HTTP/1.1 200 OK\r\n')
  client.write('over and out')
  await until(() => client.received().endsWith('over and out'))
  expect(client.received()).toEndWith('\r\n\r\nover and out')
}, 30_000)

test('routing: each scope has its table; a matcher finds the route', async () => {
  await using app = await scriptedBackend('app')
  const action = (cluster: string) => ({
    action: {
      name: 'route',
      typed_config: { '@type': 'type.googleapis.com/envoy.config.route.v3.Route', ...routeTo(cluster) },
    },
  })
  const input = {
    name: 'input',
    typed_config: {
      '@type': 'type.googleapis.com/envoy.type.matcher.v3.HttpRequestHeaderMatchInput',
      header_name: 'x-m',
    },
  }
  const matcher = { matcher_tree: { input, exact_match_map: { map: { yes: action('app') } } } }
  const scope = (name: string, host: object) => ({
    name,
    key: { fragments: [{ string_key: name }] },
    route_configuration: { name, virtual_hosts: [{ name, domains: ['*'], ...host }] },
  })
  const scoped_routes = {
    name: 'scopes',
    scope_key_builder: { fragments: [{ header_value_extractor: { name: 'x-scope', index: 0 } }] },
    scoped_route_configurations_list: {
      scoped_route_configurations: [scope('plain', { routes: [direct('/', 'plain')] }), scope('matched', { matcher })],
    },
  }
  const front = httpListener('front', { extra: { scoped_routes, route_config: undefined } })
  const resources = { listeners: [front], clusters: [staticCluster('app', [app.port])] }
  await using proxy = await startWholeProxy(resources, ONE_WORKER)
  expect(await ask(proxy, '/', { 'x-scope': 'plain' })).toMatchObject({ status: 200, body: 'plain' })
  expect(await ask(proxy, '/', { 'x-scope': 'matched', 'x-m': 'yes' })).toMatchObject({ backend: 'app' })
  expect((await ask(proxy, '/', { 'x-scope': 'matched' })).status).toBe(404)
  expect((await ask(proxy, '/')).status).toBe(404)
}, 30_000)
