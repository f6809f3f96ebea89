import { describe, expect, test } from 'bun:test'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { newResponseHeaders } from '../codec/headers/response-headers.ts'
import type { HeaderMap } from '../api/headers.ts'
import { answer, errorsOf, request, route, routes, table, testStreamInfo } from '../../test/support/route-table.ts'

const direct = (body: string) => `direct_response: {status: 200, body: {inline_string: "${body}"}}`

function lines(headers: HeaderMap): string[] {
  const all: string[] = []
  headers.forEach((name, value) => all.push(`${name}: ${value}`))
  return all
}

describe('virtual hosts', () => {
  const host = (name: string, domains: string) =>
    `{name: ${name}, domains: [${domains}], routes: [{match: {prefix: /}, ${direct(name)}}]}`
  const hosts = [
    host('exact', 'www.example.com, "exact.example.com:8080"'),
    host('suffix', '"*.example.com"'),
    host('suffixlong', '"*.b.example.com", "*-dev.example.com"'),
    host('prefix', '"www.*"'),
    host('prefixlong', '"www.foo.*"'),
    host('caps', 'CAPS.io'),
  ]
  const config = table(`{name: r, virtual_hosts: [${hosts.join()}]}`)
  test.each([
    ['www.example.com', 'exact'],
    ['WWW.Example.com', 'exact'],
    ['exact.example.com:8080', 'exact'],
    ['exact.example.com', 'suffix'],
    ['a.b.example.com', 'suffixlong'],
    ['x-dev.example.com', 'suffixlong'],
    ['.example.com', undefined],
    ['www.example.com:80', 'prefix'],
    ['www.foo.com', 'prefixlong'],
    ['www.', undefined],
    ['caps.io', 'caps'],
    ['other.io', undefined],
  ])('%s is served by %s', (authority, expected) => {
    expect(answer(config, request(`${authority}/`))).toBe(expected)
  })

  test('ignore_port_in_host_matching takes the port off the request only', () => {
    const ignoring = table(`{name: r, ignore_port_in_host_matching: true, virtual_hosts: [${hosts.join()}]}`)
    expect(answer(ignoring, request('www.example.com:80/'))).toBe('exact')
    expect(answer(ignoring, request('exact.example.com:8080/'))).toBe('suffix')
    expect(answer(ignoring, request('[::1]/'))).toBe(undefined)
  })

  test('vhost_header takes the place of the host', () => {
    const byHeader = table(`{name: r, vhost_header: X-Vh, virtual_hosts: [${hosts.join()}]}`)
    expect(answer(byHeader, request('none/', 'x-vh: www.example.com'))).toBe('exact')
    expect(answer(byHeader, request('www.example.com/', 'x-vh: none'))).toBe(undefined)
    expect(answer(byHeader, request('www.example.com/'))).toBe(undefined)
  })

  test('a domain twice and two wildcards are refused in the words of Envoy', () => {
    expect(errorsOf(`{name: r, virtual_hosts: [${host('a', 'a.test')}, ${host('b', 'A.test')}]}`)).toEqual([
      'Only unique values for domains are permitted. Duplicate entry of domain a.test in route r',
    ])
    expect(errorsOf(`{name: r, virtual_hosts: [${host('a', '"*"')}, ${host('b', '"*"')}]}`)).toEqual([
      'Only a single wildcard domain is permitted in route r',
    ])
  })

  test('require_tls redirects what did not come over TLS', () => {
    const config = (requirement: string) =>
      table(
        `{virtual_hosts: [{name: v, domains: ["*"], require_tls: ${requirement}, routes: [{match: {prefix: /}, ${direct('plain')}}]}]}`,
      )
    expect(answer(config('ALL'), request('a.com:80/x?y'))).toBe('https://a.com:80/x?y')
    const secure = request('a.com/x')
    secure.set('x-forwarded-proto', 'https')
    expect(answer(config('ALL'), secure)).toBe('plain')
    expect(answer(config('EXTERNAL_ONLY'), request('a.com/', 'x-envoy-internal: true'))).toBe('plain')
  })

  test('without x-forwarded-proto, or with an empty one, there is no route', () => {
    const config = routes(`{match: {prefix: /}, ${direct('plain')}}`)
    const unsaid = request('a.com/x')
    unsaid.set('x-forwarded-proto', '')
    expect(answer(config, unsaid)).toBeUndefined()
    unsaid.remove('x-forwarded-proto')
    expect(answer(config, unsaid)).toBeUndefined()
  })
})

describe('paths', () => {
  const template = (text: string) =>
    `path_match_policy: {name: t, typed_config: {"@type": type.googleapis.com/envoy.extensions.path.match.uri_template.v3.UriTemplateMatchConfig, path_template: "${text}"}}`
  const config = routes(`
    {match: {path: /exact}, ${direct('exact')}},
    {match: {path: /ExactCI, case_sensitive: false}, ${direct('exact-ci')}},
    {match: {safe_regex: {regex: "/items/[0-9]+"}}, ${direct('regex')}},
    {match: {safe_regex: {regex: "/alt|/alternative"}}, ${direct('alt')}},
    {match: {path_separated_prefix: /api/v1}, ${direct('psp')}},
    {match: {path_separated_prefix: /API/v2, case_sensitive: false}, ${direct('psp-ci')}},
    {match: {${template('/video/{id=*}/{fmt=*}.mp4')}}, ${direct('template')}},
    {match: {${template('/tree/**')}}, ${direct('template2')}},
    {match: {prefix: /pre}, ${direct('prefix')}},
    {match: {prefix: /CasePre, case_sensitive: false}, ${direct('prefix-ci')}},
    {match: {connect_matcher: {}}, ${direct('connect')}}`)
  test.each([
    ['/exact', 'exact'],
    ['/exact?a=1&b=2', 'exact'],
    ['/exact/more', undefined],
    ['/Exact', undefined],
    ['/eXACTci?x', 'exact-ci'],
    ['/items/42?q=/items/x', 'regex'],
    ['/items/42/more', undefined],
    ['/alternative', 'alt'],
    ['/api/v1', 'psp'],
    ['/api/v1/users', 'psp'],
    ['/api/v1users', undefined],
    ['/api/v1?x=1', 'psp'],
    ['/api/V2/x', 'psp-ci'],
    ['/video/12/clip.mp4', 'template'],
    ['/video/12/clip.avi', undefined],
    ['/video/12/34/clip.mp4', undefined],
    ['/tree/a/b/c', 'template2'],
    ['/tree', undefined],
    ['/prefix-anything', 'prefix'],
    ['/CASEprefix', 'prefix-ci'],
    ['/zzz', undefined],
  ])('%s goes to %s', (path, expected) => {
    expect(answer(config, request(path))).toBe(expected)
  })

  test.each([
    '/**/*',
    '/**/{a}',
    '/{a=**}/{b=**}',
    '/a//b',
    '/{a}{b}',
    '/{a}/{b}/{c}/{d}/{e}/{f}',
    '/{a=*}/{a=*}',
    '/{aNameOfSeventeen1}',
    'a/b',
  ])('a template %s is refused', (text) => {
    expect(() => routes(`{match: {${template(text)}}, ${direct('x')}}`)).toThrow()
  })

  test('a CONNECT matches by its method', () => {
    expect(answer(config, request('CONNECT a.com/zzz'))).toBe('connect')
  })

  test('the first of several routes wins, also when they are found by an index', () => {
    const many = Array.from({ length: 1000 }, (_, i) => `{match: {prefix: /p${i}/}, ${direct(`p${i}`)}}`)
    const config = routes(`{match: {path: /p7/x, headers: [{name: x-a}]}, ${direct('special')}}, ${many.join()},
      {match: {prefix: /p7/x}, ${direct('late')}}, {match: {safe_regex: {regex: "/r.*"}}, ${direct('regex')}},
      {match: {prefix: /}, ${direct('rest')}}, {match: {path: /last}, ${direct('never')}}`)
    expect(answer(config, request('/p7/x', 'x-a: 1'))).toBe('special')
    expect(answer(config, request('/p7/x'))).toBe('p7')
    expect(answer(config, request('/p999/'))).toBe('p999')
    expect(answer(config, request('/p999'))).toBe('rest')
    expect(answer(config, request('/r/1'))).toBe('regex')
    expect(answer(config, request('/last'))).toBe('rest')
  })

  test('a route costs the same among a thousand as among ten', () => {
    const among = (count: number) =>
      routes(Array.from({ length: count }, (_, i) => `{match: {prefix: /service-${i}/}, ${direct(`s${i}`)}}`).join())
    const cost = (config: ReturnType<typeof routes>, path: string) => {
      const headers = request(path)
      const info = testStreamInfo()
      let best = Infinity
      for (let round = 0; round < 5; round++) {
        const started = performance.now()
        for (let i = 0; i < 10_000; i++) config.route(headers, info, 0)
        best = Math.min(best, performance.now() - started)
      }
      return best
    }
    expect(cost(among(1000), '/service-999/x')).toBeLessThan(cost(among(10), '/service-9/x') * 10)
  })

  test('a request without a path is matched by connect_matcher alone', () => {
    const all = ['prefix: ""', 'safe_regex: {regex: "|/a"}', 'prefix: "", case_sensitive: false', 'connect_matcher: {}']
    const list = routes(all.map((match, i) => `{match: {${match}}, ${direct(String(i))}}`).join())
    const connect = request('/')
    connect.method = 'CONNECT'
    connect.path = ''
    expect(answer(list, connect)).toBe('3')
  })

  test('ignore_path_parameters_in_path_matching leaves out what follows a semicolon in each segment', () => {
    const config = table(
      `{ignore_path_parameters_in_path_matching: true, virtual_hosts: [{name: v, domains: ["*"], routes: [{match: {path: /a}, ${direct('a')}}]}]}`,
    )
    expect(answer(config, request('/a;v=1?q'))).toBe('a')
    expect(answer(config, request('/;v/a'))).toBe(undefined)
    const nested = table(
      `{ignore_path_parameters_in_path_matching: true, virtual_hosts: [{name: v, domains: ["*"], routes: [{match: {path: /a/b}, ${direct('b')}}]}]}`,
    )
    expect(answer(nested, request('/a;v=1/b;w'))).toBe('b')
  })

  test('prefix_rewrite replaces nothing where path parameters stand in between', () => {
    const config = table(
      '{ignore_path_parameters_in_path_matching: true, virtual_hosts: [{name: v, domains: ["*"], routes: [' +
        '{match: {prefix: /a/B, case_sensitive: false}, route: {cluster: c, prefix_rewrite: /new}},' +
        '{match: {path: /e/f}, route: {cluster: c, prefix_rewrite: /new}}]}]}',
    )
    const sent = (path: string) => {
      const headers = request(path)
      config.route(headers, testStreamInfo(), 0)?.entry?.finalizeRequestHeaders(headers, testStreamInfo(), true)
      return [headers.path, headers.get('x-envoy-original-path')]
    }
    expect(sent('/A/b;1/c;2?q')).toEqual(['/new;1/c;2?q', '/A/b;1/c;2?q'])
    expect(sent('/a;1/b/c')).toEqual(['/a;1/b/c', undefined])
    expect(sent('/e/f;1?q')).toEqual(['/new;1?q', '/e/f;1?q'])
  })
})

describe('URI templates that are none', () => {
  const type = (part: string) => `'@type': type.googleapis.com/envoy.extensions.path.${part}.uri_template.v3`
  const errors = (template: string, rewrite = '') => {
    const match = `path_match_policy: {name: t, typed_config: {${type('match')}.UriTemplateMatchConfig, path_template: '${template}'}}`
    const policy = `path_rewrite_policy: {name: t, typed_config: {${type('rewrite')}.UriTemplateRewriteConfig, path_template_rewrite: '${rewrite}'}}`
    const action = `route: {cluster: c${rewrite === '' ? '' : `, ${policy}`}}`
    return errorsOf(`{virtual_hosts: [{name: v, domains: ["*"], routes: [{match: {${match}}, ${action}}]}]}`)
  }

  test.each([
    '/[a]',
    '/a|b',
    '/a b',
    '/\\d',
    '//',
    '/a//b',
    'a',
    '/{x=*.m}',
    '/*.m3/a',
    '/**.m3/*',
    '/a{x=b/*}',
    '/{x',
    '/{x=',
  ])('match: %s', (template) => expect(errors(template)).toEqual([`Invalid path template: ${template}`]))

  test.each(['/{}', '/{1x}', '/{x-y}', '/{x}{y}', '/{x}-{y}', '/{x}/{x}', '/**/*', '/*{x}', '/{long_longname_long}'])(
    'variables and operators: %s',
    (template) => expect(errors(template)).toEqual([`Invalid path template: ${template}`]),
  )

  test.each(['x', '/?x', '/a//b', '/{y}', '/{x', '/x}', '/ x', '/{x}[]'])('rewrite: %s', (rewrite) =>
    expect(errors('/{x}', rewrite)).toEqual([`Invalid path template rewrite: ${rewrite}`]),
  )
})

describe('criteria', () => {
  const matched = (criteria: string, headers: ReturnType<typeof request>, runtime = {}, random = 0) =>
    answer(routes(`{match: {prefix: /, ${criteria}}, ${direct('yes')}}`, { runtime }), headers, random) === 'yes'

  test.each([
    ['{name: x-a}', ['x-a: 1'], true],
    ['{name: x-a}', [], false],
    ['{name: x-a, present_match: false}', [], true],
    ['{name: x-a, invert_match: true}', [], true],
    ['{name: X-A, string_match: {exact: one}}', ['x-a: two', 'x-a: one'], true],
    ['{name: x-a, string_match: {exact: one}}', ['x-a: one, two'], false],
    ['{name: x-a, string_match: {exact: one}, invert_match: true}', ['x-a: two', 'x-a: one'], false],
    ['{name: x-a, string_match: {exact: one}, invert_match: true}', [], false],
    ['{name: x-a, string_match: {exact: one}, invert_match: true, treat_missing_header_as_empty: true}', [], true],
    ['{name: x-a, string_match: {prefix: "ON", ignore_case: true}}', ['x-a: one'], true],
    ['{name: x-a, string_match: {suffix: e}}', ['x-a: one'], true],
    ['{name: x-a, string_match: {contains: "n"}}', ['x-a: one'], true],
    ['{name: x-a, string_match: {safe_regex: {regex: "o.e"}}}', ['x-a: one'], true],
    ['{name: x-a, string_match: {safe_regex: {regex: "o"}}}', ['x-a: one'], false],
    ['{name: x-a, string_match: {exact: "\u00e9"}}', ['x-a: \u00c3\u00a9'], true],
    ['{name: x-a, range_match: {start: 5, end: 10}}', ['x-a: +9'], true],
    ['{name: x-a, range_match: {start: 5, end: 10}}', ['x-a: 10'], false],
    ['{name: x-a, range_match: {start: 5, end: 10}}', ['x-a: 9.0'], false],
    ['{name: x-a, range_match: {start: 5, end: 10}, invert_match: true}', ['x-a: abc'], true],
    ['{name: x-a, exact_match: ""}', ['x-a: one'], true],
    ['{name: x-a, exact_match: "", invert_match: true}', ['x-a: one'], false],
    ['{name: x-a, string_match: {exact: ""}}', ['x-a: one'], false],
    ['{name: ":method", string_match: {exact: GET}}', [], true],
    ['{name: ":authority", string_match: {exact: a.com}}', [], true],
  ] as const)('header %s on %p: %p', (matcher, fields, expected) => {
    expect(matched(`headers: [${matcher}]`, request('a.com/', ...fields))).toBe(expected)
  })

  test.each([
    ['{name: a, string_match: {exact: "1"}}', '/?a=1', true],
    ['{name: a, string_match: {exact: "1"}}', '/?a=2&a=1', false],
    ['{name: a, string_match: {exact: "x y"}}', '/?a=x%20y', false],
    ['{name: a}', '/?a', true],
    ['{name: a}', '/?b=1;a=2', false],
    ['{name: a, present_match: false}', '/?b', true],
  ] as const)('query parameter %s on %s: %p', (matcher, path, expected) => {
    expect(matched(`query_parameters: [${matcher}]`, request(path))).toBe(expected)
  })

  test.each([
    ['{name: sid, string_match: {exact: abc}}', 'x=1; sid=abc', true],
    ['{name: sid, string_match: {exact: abc}}', 'sid="abc"', true],
    ['{name: sid, string_match: {exact: abc}}', 'sid=abcd', false],
    ['{name: sid, string_match: {exact: abc}, invert_match: true}', '', true],
  ] as const)('cookie %s on %s: %p', (matcher, cookie, expected) => {
    const headers = cookie === '' ? request('/') : request('/', `cookie: ${cookie}`)
    expect(matched(`cookies: [${matcher}]`, headers)).toBe(expected)
  })

  test('grpc goes by the content type', () => {
    const type = (value: string) => matched('grpc: {}', request('POST /', `content-type: ${value}`))
    expect([type('application/grpc'), type('application/grpc+proto')]).toEqual([true, true])
    expect([type('application/grpcx'), type('application/grpc-web')]).toEqual([false, false])
  })

  test('runtime_fraction follows the runtime and the random number of the request', () => {
    const fraction = 'runtime_fraction: {runtime_key: k, default_value: {numerator: 30}}'
    expect(matched(fraction, request('/'), {}, 29)).toBe(true)
    expect(matched(fraction, request('/'), {}, 30)).toBe(false)
    expect(matched(fraction, request('/'), { k: 100 }, 99)).toBe(true)
  })

  test('dynamic metadata is matched by path and value', () => {
    const config = routes(
      `{match: {prefix: /, dynamic_metadata: [{filter: f, path: [{key: a}, {key: b}], value: {string_match: {exact: v}}}]}, ${direct('yes')}}`,
    )
    const info = testStreamInfo()
    expect(config.route(request('/'), info, 0)).toBe(undefined)
    info.setDynamicMetadata('f', { a: { b: 'v' } })
    expect(config.route(request('/'), info, 0)?.directResponse?.body).toBe('yes')
  })

  test('without TLS a certificate is neither presented nor validated', () => {
    expect(matched('tls_context: {}', request('/'))).toBe(true)
    expect(matched('tls_context: {presented: false, validated: false}', request('/'))).toBe(true)
    expect(matched('tls_context: {presented: true}', request('/'))).toBe(false)
    expect(matched('tls_context: {validated: true}', request('/'))).toBe(false)
  })
})

describe('redirects', () => {
  const location = (action: string, target: string, match = 'prefix: /') =>
    answer(routes(`{match: {${match}}, redirect: {${action}}}`), request(target))
  test.each([
    ['host_redirect: new.org', 'old.com:8080/h?a=b', 'http://new.org/h?a=b'],
    ['path_redirect: /moved', 'a.com/path?keep=1', 'http://a.com/moved?keep=1'],
    ['path_redirect: moved', 'a.com/path?keep=1', 'http://a.com/moved?keep=1'],
    ['path_redirect: "/moved?x=1"', 'a.com/path?keep=1', 'http://a.com/moved?x=1'],
    ['path_redirect: /s, strip_query: true', 'a.com/strip?q=1', 'http://a.com/s'],
    ['host_redirect: h.org, strip_query: true', 'a.com/x?q=1', 'http://h.org/x'],
    ['https_redirect: true', 'a.com:80/x', 'https://a.com/x'],
    ['https_redirect: true', 'a.com:8080/x', 'https://a.com:8080/x'],
    ['https_redirect: true', 'a.com:443/x', 'https://a.com:443/x'],
    ['scheme_redirect: ftp', 'a.com/x', 'ftp://a.com/x'],
    ['port_redirect: 8443', 'a.com:1/x', 'http://a.com:8443/x'],
    ['port_redirect: 8443', '[::1]:5/x', 'http://[::1]:8443/x'],
    // Hosts that are none.
    ['port_redirect: 8443', '[::1/x', 'http://[::1:8443/x'],
    ['port_redirect: 8443', '[::1]:80:90/x', 'http://[::1]:8443/x'],
    ['port_redirect: 8443', 'a:80]/x', 'http://a:8443/x'],
    ['host_redirect: "h.org:99", https_redirect: true', 'a.com/x', 'https://h.org:99/x'],
    [
      'https_redirect: true, host_redirect: h.org, port_redirect: 444, path_redirect: /z',
      'a.com/all?q=2',
      'https://h.org:444/z?q=2',
    ],
    ['', 'a.com/empty?q=1', 'http://a.com/empty?q=1'],
  ])('{%s} for %s', (action, target, expected) => {
    expect(location(action, target)).toBe(expected)
  })

  test('prefix_rewrite and regex_rewrite keep the rest', () => {
    expect(location('prefix_rewrite: /new', 'a.com/pfx/a/b?q=1', 'prefix: /pfx')).toBe('http://a.com/new/a/b?q=1')
    const regex = 'regex_rewrite: {pattern: {regex: "^/rx/([^/]+)/(.*)$"}, substitution: "/\\\\2/\\\\1"}'
    expect(location(regex, 'a.com/rx/one/two/three?q=1')).toBe('http://a.com/two/three/one?q=1')
  })

  test('a direct response with a status that has a Location names the address asked for', () => {
    const config = routes('{match: {prefix: /}, direct_response: {status: 301}}')
    expect(answer(config, request('a.com/x?q'))).toBe('http://a.com/x?q')
  })
})

describe('clusters', () => {
  test('by header, and no name without it', () => {
    const config = routes('{match: {prefix: /}, route: {cluster_header: x-to}}')
    expect(answer(config, request('/', 'x-to: b1'))).toBe('b1')
    expect(answer(config, request('/'))).toBe('')
  })

  test('by weight: the random number modulo the total', () => {
    const weighted = (more = '') =>
      `{match: {prefix: /}, route: {weighted_clusters: {${more} clusters: [{name: a, weight: 30}, {name: b, weight: 70}]}}}`
    const at = (random: number, ...fields: string[]) =>
      answer(routes(weighted('header_name: x-n,')), request('/', ...fields), random)
    expect([at(0), at(29), at(30), at(99), at(100)]).toEqual(['a', 'a', 'b', 'b', 'a'])
    expect([at(0, 'x-n: 105'), at(0, 'x-n: 99'), at(0, 'x-n: no')]).toEqual(['a', 'b', 'a'])
    // Numbers have 64 bits, of which 2^64 - 1 leaves 15.
    expect([at(99, 'x-n: +5'), at(99, 'x-n: 18446744073709551615'), at(0, 'x-n: 9007199254740993')]).toEqual([
      'a',
      'a',
      'b',
    ])
    expect([at(99, 'x-n: 18446744073709551616'), at(99, 'x-n: -5')]).toEqual(['b', 'b'])
    const config = routes(weighted('runtime_key_prefix: w,'), { runtime: { 'w.a': 0, 'w.b': 100 } })
    expect(answer(config, request('/'), 0)).toBe('b')
  })

  test('an unknown cluster is named, with what may be meant', () => {
    const config = (name: string) =>
      `{virtual_hosts: [{name: v, domains: ["*"], routes: [{match: {prefix: /}, route: {cluster: ${name}}}]}]}`
    expect(errorsOf(config('ap'), { clusters: ['app'] })).toEqual(["route: unknown cluster 'ap'"])
    expect(errorsOf(config('app'), { clusters: ['app'] })).toEqual([])
    expect(errorsOf(`{validate_clusters: false, ${config('ap').slice(1)}`, { clusters: ['app'] })).toEqual([])
  })

  test('the same route object serves every request', () => {
    const config = routes('{match: {prefix: /}, route: {cluster: a}}')
    expect(route(config, request('/'))).toBe(route(config, request('/b')))
  })
})

describe('header mutations', () => {
  const add = (value: string, action = 'APPEND_IF_EXISTS_OR_ADD', name = 'x-level') =>
    `{header: {key: ${name}, value: "${value}"}, append_action: ${action}}`
  const levels = (most: boolean, action: string) => `{most_specific_header_mutations_wins: ${most},
    request_headers_to_add: [${add('rc', action)}],
    virtual_hosts: [{name: v, domains: ["*"], request_headers_to_add: [${add('vhost', action)}], routes: [
      {match: {prefix: /}, request_headers_to_add: [${add('route', action)}], route: {weighted_clusters: {clusters: [
        {name: a, weight: 1, request_headers_to_add: [${add('cluster', action)}]}]}}}]}]}`
  const sent = (config: ReturnType<typeof table>, headers: ReturnType<typeof request>) => {
    route(config, headers)!.entry!.finalizeRequestHeaders(headers, testStreamInfo(), true)
    return headers
  }

  test('the least specific level comes last and wins, unless told otherwise', () => {
    const appended = (most: boolean) =>
      sent(table(levels(most, 'APPEND_IF_EXISTS_OR_ADD')), request('/')).getAll('x-level')
    expect(appended(false)).toEqual(['cluster', 'route', 'vhost', 'rc'])
    expect(appended(true)).toEqual(['cluster', 'rc', 'vhost', 'route'])
    const overwrite = (most: boolean) =>
      sent(table(levels(most, 'OVERWRITE_IF_EXISTS_OR_ADD')), request('/')).getAll('x-level')
    expect(overwrite(false)).toEqual(['rc'])
    expect(overwrite(true)).toEqual(['route'])
  })

  test('within a level: removals, replacements, additions, and all look at what was there before', () => {
    const config = routes(`{match: {prefix: /}, response_headers_to_remove: [x-gone], response_headers_to_add: [
      ${add('one', undefined, 'x-a')}, ${add('two', 'ADD_IF_ABSENT', 'x-a')}, ${add('%RESP(x-a)%.', undefined, 'x-b')},
      ${add('three', 'OVERWRITE_IF_EXISTS_OR_ADD', 'x-a')}, ${add('no', 'OVERWRITE_IF_EXISTS', 'x-c')},
      ${add('%RESP(x-gone)%', undefined, 'x-unset')}, ${add('100%%', undefined, 'x-escaped')},
      ${add('\u00e9%PROTOCOL%', undefined, 'x-utf')}], direct_response: {status: 200}}`)
    const response = newResponseHeaders(200)
    response.add('x-gone', '1')
    route(config, request('/'))!.directResponse!.finalizeResponseHeaders(response, testStreamInfo())
    expect(lines(response)).toEqual([
      'x-a: three',
      'x-a: one',
      'x-a: two',
      'x-b: .',
      'x-escaped: 100%',
      'x-utf: \u00c3\u00a9',
    ])
  })

  test('names that make the request what it is are refused', () => {
    expect(errorsOf(`{request_headers_to_remove: [Host], virtual_hosts: []}`)).toEqual([
      ':-prefixed or host headers may not be removed',
    ])
    expect(errorsOf(`{request_headers_to_add: [${add('x', undefined, '":path"')}], virtual_hosts: []}`)).toEqual([
      ':-prefixed or host headers may not be modified',
    ])
    expect(errorsOf(`{request_headers_to_add: [${add('%NOPE%')}], virtual_hosts: []}`)).toEqual([
      'Not supported field in StreamInfo: NOPE',
    ])
  })

  test('host rewrites leave the old host behind', () => {
    const config = (action: string) => routes(`{match: {prefix: /}, route: {cluster: a, ${action}}}`)
    const literal = sent(
      config('host_rewrite_literal: new, append_x_forwarded_host: true'),
      request('old/', 'x-forwarded-host: first'),
    )
    expect([literal.authority, literal.get('x-envoy-original-host'), literal.get('x-forwarded-host')]).toEqual([
      'new',
      'old',
      'first,old',
    ])
    const again = sent(
      config('host_rewrite_literal: new, append_x_forwarded_host: true'),
      request('old/', 'x-forwarded-host: old'),
    )
    expect(again.get('x-forwarded-host')).toBe('old')
    expect(sent(config('host_rewrite_header: x-h'), request('old/')).authority).toBe('old')
    expect(sent(config('host_rewrite_header: x-h'), request('old/', 'x-h: new')).authority).toBe('new')
    const regex = config('host_rewrite_path_regex: {pattern: {regex: "^/t/(.+)$"}, substitution: "\\\\1.com"}')
    expect(sent(regex, request('old/t/a?x')).authority).toBe('a.com')
    expect(sent(regex, request('old/x')).authority).toBe('/x')
  })
})

describe('virtual clusters', () => {
  const config = table(`{virtual_hosts: [{name: v, domains: ["*"], routes: [{match: {prefix: /}, route: {cluster: a}}],
    virtual_clusters: [{name: vc, headers: [{name: ":path", string_match: {prefix: /vc}}]}]}]}`)
  const name = (path: string) => route(config, request(path))!.virtualHost.virtualCluster(request(path))?.name

  test('the first that matches, and other for the rest', () => {
    expect([name('/vc/a'), name('/b')]).toEqual(['vc', 'other'])
  })

  test('none where none is defined', () => {
    const plain = routes('{match: {prefix: /}, route: {cluster: a}}')
    expect(route(plain, request('/'))!.virtualHost.virtualCluster(request('/'))).toBe(undefined)
  })
})

describe('rewrites as Envoy does them', () => {
  const file = join(import.meta.dir, '../../../shared/peer/vectors/rewrite.jsonl')
  if (!existsSync(file)) {
    test.skip(`${file} is not here`, () => undefined)
    return
  }
  interface Vector {
    readonly id: string
    readonly description: string
    readonly match: unknown
    readonly action: Readonly<Record<string, unknown>>
    readonly kind: 'route' | 'redirect'
    readonly results: readonly {
      readonly target: string
      readonly status: number
      readonly upstream_target?: string
      readonly original_path?: string
      readonly location?: string
    }[]
  }
  const vectors = readFileSync(file, 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Vector)
  test.each(vectors.map((vector) => [`${vector.id} ${vector.description}`, vector] as const))('%s', (_, vector) => {
    const { kind, match, action } = vector
    const body = kind === 'route' ? { cluster: 'c', ...action } : action
    const config = routes(JSON.stringify({ match, [kind]: body }))
    for (const expected of vector.results) {
      const headers = request(`a.test${expected.target}`)
      const found = route(config, headers)
      if (expected.status === 404) {
        expect(found).toBe(undefined)
        continue
      }
      if (kind === 'redirect') {
        expect(found?.directResponse?.status).toBe(expected.status)
        expect(found?.directResponse?.newUri(headers, testStreamInfo())).toBe(expected.location)
        continue
      }
      found!.entry!.finalizeRequestHeaders(headers, testStreamInfo(), true)
      expect(headers.path).toBe(expected.upstream_target!)
      expect(headers.get('x-envoy-original-path')).toBe(expected.original_path)
    }
  })
})
