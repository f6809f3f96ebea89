import { expect, test } from 'bun:test'
import { loadBootstrap } from './load-bootstrap.ts'

function load(text: string, options: { readonly yaml?: string; readonly name?: string } = {}) {
  const { yaml, name = 'a.yaml' } = options
  return loadBootstrap({ path: name, ...(yaml === undefined ? {} : { yaml }), readFile: () => Buffer.from(text) })
}

test('--config-yaml is merged over the file: scalars replace, lists are joined', () => {
  const { message, ok } = load('node: {id: a, cluster: b}\nstatic_resources: {clusters: [{name: c}]}\n', {
    yaml: 'node: {id: z}\nstatic_resources: {clusters: [{name: d}]}\n',
  })
  expect(ok).toBe(true)
  expect(message).toMatchObject({
    node: { id: 'z', cluster: 'b' },
    static_resources: { clusters: [{ name: 'c' }, { name: 'd' }] },
  })
})

test('--config-yaml: what says nothing in bytes changes nothing, as in protobuf', () => {
  const cares = '{"@type": type.googleapis.com/envoy.extensions.network.dns_resolver.cares.v3.CaresDnsResolverConfig'
  const merged = (file: string, yaml: string): unknown => {
    const { message, errors } = load(file, { yaml })
    expect(errors).toEqual([])
    return message
  }
  const cases: [string, string, object][] = [
    ['stats_flush_interval: 7.5s', 'stats_flush_interval: 3s', { stats_flush_interval: '3.500s' }],
    ['stats_flush_interval: 7.5s', 'stats_flush_interval: 0.25s', { stats_flush_interval: '7.250s' }],
    ['stats_flush_interval: 7s', 'stats_flush_interval: 8s', { stats_flush_interval: '8s' }],
    ['stats_server_version_override: 5', 'stats_server_version_override: 0', { stats_server_version_override: '5' }],
    ['stats_server_version_override: 5', 'stats_server_version_override: 6', { stats_server_version_override: '6' }],
    [
      'stats_config: {use_all_default_tags: true}',
      'stats_config: {use_all_default_tags: false}',
      { stats_config: { use_all_default_tags: true } },
    ],
    [
      'node: {metadata: {a: {x: 1}, b: 1}}',
      'node: {metadata: {a: {y: 1}}}',
      { node: { metadata: { a: { y: 1 }, b: 1 } } },
    ],
    [
      `typed_dns_resolver_config: {name: a, typed_config: ${cares}, use_resolvers_as_fallback: true}}`,
      `typed_dns_resolver_config: {name: b, typed_config: ${cares}}}`,
      { typed_dns_resolver_config: { name: 'b', typed_config: { use_resolvers_as_fallback: true } } },
    ],
  ]
  for (const [file, yaml, message] of cases) expect([yaml, merged(file, yaml)]).toMatchObject([yaml, message])
})

test('findings point at the text that they come from', () => {
  const { errors } = load('static_resources: {clusters: [{name: c}]}\n', {
    yaml: 'node: {id: [z]}\nstatic_resources:\n  clusters: [{name: ""}]\n',
  })
  expect(errors.map(({ place, path }) => [place?.file, place?.line, path])).toEqual([
    ['--config-yaml', 1, 'node.id'],
    ['--config-yaml', 3, 'static_resources.clusters[1].name'],
  ])
})

test('a message may be null, and either spelling of a name will do', () => {
  const { ok, message } = load(
    'static_resources:\nadmin: {address: {socketAddress: {address: 127.0.0.1, portValue: 0}}}\n',
  )
  expect(ok).toBe(true)
  expect(message).toEqual({ admin: { address: { socket_address: { address: '127.0.0.1', port_value: 0 } } } })
})

test('of several names of one number in an enum it is the first one, as if it had come in bytes', () => {
  const library = (level: string): string =>
    '{"@type": type.googleapis.com/envoy.extensions.compression.gzip.compressor.v3.Gzip, ' +
    `compression_level: ${level}}`
  const names = ['BEST_COMPRESSION', 'best_compression', '9', 'COMPRESSION_LEVEL_1', 'COMPRESSION_LEVEL_2']
  const levels = names.map((level) => {
    const { message } = load(`bootstrap_extensions: [{name: a, typed_config: ${library(level)}}]\n`)
    return (message as { bootstrap_extensions: { typed_config: object }[] }).bootstrap_extensions[0]!.typed_config
  })
  expect(levels.map((level) => (level as { compression_level: string }).compression_level)).toEqual([
    'COMPRESSION_LEVEL_9',
    'COMPRESSION_LEVEL_9',
    'COMPRESSION_LEVEL_9',
    'BEST_SPEED',
    'COMPRESSION_LEVEL_2',
  ])
})

test('a file that is not there: the reason and the nearest name', () => {
  const { errors } = loadBootstrap({ path: `${import.meta.dir}/load-bootstrap.tst.ts` })
  expect(errors[0]).toMatchObject({
    id: 'NU304',
    message: `Invalid path: ${import.meta.dir}/load-bootstrap.tst.ts (no such file)`,
    hint: `did you mean "${import.meta.dir}/load-bootstrap.test.ts"?`,
  })
  expect(loadBootstrap({ path: 'nowhere.yaml' }).errors[0]?.hint).toContain(process.cwd())
  const { message, hint } = loadBootstrap({ path: import.meta.dir }).errors[0]!
  expect([message.endsWith('(it is a directory)'), hint]).toEqual([true, undefined])
})

test('unknown fields are errors, counted warnings, or counted only', () => {
  const text = Buffer.from('nod: {}\nadmin: {}\n')
  const counts = (['error', 'warn', 'ignore'] as const).map((unknownFields) => {
    const {
      ok,
      errors,
      warnings,
      unknownFields: count,
    } = loadBootstrap({ path: 'a.yaml', unknownFields, readFile: () => text })
    return [ok, errors.length, warnings.length, count]
  })
  expect(counts).toEqual([
    [false, 1, 0, 1],
    [true, 0, 1, 1],
    [true, 0, 0, 1],
  ])
})

const cluster = (field: string): string => `static_resources: {clusters: [{name: c, ${field}}]}`

function verdict(field: string): string {
  const { ok, errors } = load(cluster(field))
  return ok ? 'ok' : (errors[0]?.id ?? '')
}

test('durations: seconds with a unit, or the message', () => {
  for (const value of ['5s', '0.25s', '"1.5s"', '{seconds: 1}'])
    expect([value, verdict(`connect_timeout: ${value}`)]).toEqual([value, 'ok'])
  for (const value of ['5', '5ms', '1e3s', '-5s', '"5"', '1m', 's', '.5s', '[]'])
    expect([value, verdict(`connect_timeout: ${value}`)]).not.toEqual([value, 'ok'])
})

test('unsigned numbers: plain, quoted, whole fractions, hexadecimal, exponents', () => {
  for (const value of ['5', '"5"', '5.0', '0x10', '1e1', '010'])
    expect([value, verdict(`per_connection_buffer_limit_bytes: ${value}`)]).toEqual([value, 'ok'])
  for (const value of ['5s', '-1', '5_0', '5.5', '4294967296', 'true'])
    expect([value, verdict(`per_connection_buffer_limit_bytes: ${value}`)]).not.toEqual([value, 'ok'])
})

test('YAML may be UTF-16 or UTF-32, with a byte order mark or without', () => {
  const text = 'node: {id: "ä😀"}\n'
  const utf32 = (from: string): Buffer =>
    Buffer.concat(Array.from(from, (character) => Buffer.from(Uint32Array.of(character.codePointAt(0) ?? 0).buffer)))
  for (const mark of ['', '\ufeff']) {
    const [two, four] = [Buffer.from(mark + text, 'utf16le'), utf32(mark + text)]
    for (const bytes of [Buffer.from(mark + text), two, Buffer.from(two).swap16(), four, Buffer.from(four).swap32()])
      expect(loadBootstrap({ path: 'a.yaml', readFile: () => bytes }).message).toEqual({ node: { id: 'ä😀' } })
  }
})

test('bytes: base64 of either alphabet, filled up or not', () => {
  const bytes = (value: string): string =>
    verdict(
      `health_checks: [{timeout: 1s, interval: 1s, unhealthy_threshold: 1, healthy_threshold: 1, tcp_health_check: {send: {binary: "${value}"}}}]`,
    )
  for (const value of ['YWJj', 'YWI=', 'YWI', 'YQ==', '-_-_', '+_+_'])
    expect([value, bytes(value)]).toEqual([value, 'ok'])
  for (const value of ['Y', 'YWI==', 'YWJj====', 'YW=I', 'YW Jj', '!!!!'])
    expect([value, bytes(value)]).toEqual([value, 'NU102'])
})

test('booleans: the words of YAML 1.1 and their quoted forms true and false, no numbers', () => {
  for (const value of ['on', 'yes', 'y', 'TRUE', '"true"', 'off'])
    expect([value, verdict(`ignore_health_on_host_removal: ${value}`)]).toEqual([value, 'ok'])
  expect(verdict('ignore_health_on_host_removal: 1')).toBe('NU102')
})

test('places in a text with Windows line ends', () => {
  const { errors } = load('node:\r\n  id: a\r\n  clustr: b\r\n')
  expect(errors.map(({ place }) => [place?.line, place?.column, place?.length])).toEqual([[3, 3, 6]])
})

test('a large valid file is loaded without looking for places', () => {
  const clusters = Array.from({ length: 5000 }, (_, i) => {
    const endpoint = `{endpoint: {address: {socket_address: {address: 127.0.0.1, port_value: ${10_000 + i}}}}}`
    return `  - name: c${i}\n    connect_timeout: 0.25s\n    load_assignment:\n      cluster_name: c${i}\n      endpoints:\n      - lb_endpoints:\n        - ${endpoint}\n`
  })
  const loaded = load(`static_resources:\n  clusters:\n${clusters.join('')}`)
  expect(loaded.errors).toEqual([])
  expect(loaded.warnings).toEqual([])
})

test('JSON is UTF-8 without a byte order mark, of other formats is taken what can be read', () => {
  const errors = (bytes: Uint8Array, path: string): unknown[] =>
    loadBootstrap({ path, readFile: () => bytes }).errors.map(({ message, place }) => [
      message,
      place?.line,
      place?.column,
    ])
  const broken = Buffer.concat([Buffer.from('{"node":\n{"id":"'), Buffer.from([0xff]), Buffer.from('"}}')])
  expect(errors(broken, 'a.json')).toEqual([['invalid JSON: Invalid UTF-8 string', 2, 8]])
  expect(errors(broken, 'a.yaml')).toEqual([])
  const marked = Buffer.from('\ufeff{"node":{"id":"\ufffd"}}')
  expect(errors(marked, 'a.json')).toEqual([["invalid JSON: unexpected character: '\ufeff'", 1, 1]])
  expect(errors(marked, 'a.yaml')).toEqual([])
  expect(errors(marked.subarray(3), 'a.json')).toEqual([])
})

test('what is nested too deeply is refused, as protobuf does, with its place', () => {
  const list = (depth: number): string => `${'['.repeat(depth)}${']'.repeat(depth)}`
  const node = (depth: number): string => `{"node": {"metadata": {"a": ${list(depth)}}}}`
  const map = `${'{"a":'.repeat(5000)}1${'}'.repeat(5000)}`
  const messages = (text: string, name: string): unknown[] =>
    load(text, { name }).errors.map(({ message, place }) => [message, place?.line, place?.column])
  for (const name of ['a.json', 'a.yaml']) expect(messages(node(97), name)).toEqual([])
  expect(messages(node(98), 'a.json')).toEqual([['invalid JSON: JSON content was too deeply nested', 1, 126]])
  expect(messages(node(98), 'a.yaml')).toEqual([['JSON content was too deeply nested', 1, 126]])
  expect(messages(map, 'a.json')).toEqual([['invalid JSON: JSON content was too deeply nested', 1, 501]])
})
