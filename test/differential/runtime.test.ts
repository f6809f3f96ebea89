/*
 * Runtime values from all kinds of layers: what /runtime shows and what requests see, beside the real Envoy. Shares are 0
 * or all, so that no dice are thrown.
 */
import { mkdirSync, renameSync, symlinkSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { direct, httpListener } from '../support/configs.ts'
import { eventually, fileSource, NODE } from '../support/dynamic-files.ts'
import { differential } from './support/differential.ts'
import type { Side } from './support/side.ts'

/** Of every value: does a route that is off by default (or on, for `on.…`) match? */
const VALUES: Readonly<Record<string, unknown>> = {
  hundred: 100,
  zero: 0,
  negative: -5,
  half: 0.5,
  above: 250,
  huge: 5_000_000_000,
  text: '100',
  text_zero: '0',
  spaces: ' 100 ',
  decimal: '100.0',
  exponent: '1e2',
  word: 'often',
  yes: true,
  no: false,
  yes_text: 'true',
  empty: '',
  percent: { numerator: 100 },
  million: { numerator: 1_000_000, denominator: 'MILLION' },
  ten_thousand: { numerator: 10_000, denominator: 'TEN_THOUSAND' },
  numbered: { numerator: 10_000, denominator: 1 },
  nothing_of: { denominator: 'HUNDRED' },
  odd_fraction: { numerator: 100, other: 1 },
  json: '{"numerator": 100, "denominator": "HUNDRED"}',
  yaml: 'numerator: 100\ndenominator: HUNDRED',
  wrong_name: { numerator: 100, denominator: 'THOUSAND' },
  text_count: { numerator: '100' },
  empty_struct: {},
  million_number: 1_000_000,
  big: 123_456_789,
  small: 0.000_012_345,
  long: 101.234_567_89,
}

/** What a file may hold, which is read as YAML. */
const TEXTS: Readonly<Record<string, string>> = {
  file_yes: 'yes',
  file_quoted: '"100"',
  file_single: "'100'",
  file_null: '~',
  file_list: '[1]',
  file_struct: 'a: b',
  file_exponent: '1e2',
  file_octal: '0144',
  file_hex: '0x64',
  file_decimal: '100.7',
  file_half: '0.5',
  file_plus: '+100',
  file_negative: '-3',
  file_million: '{numerator: 1000000, denominator: MILLION}',
  file_numbered: '{numerator: 100, denominator: 0}',
  file_text_count: '{numerator: "100"}',
  file_odd: '{numerator: 100, other: 1}',
  file_broken: '{numerator: 100',
  file_colon: 'numerator: 100',
  file_remark: '100 # of hundred',
}

const keys = [...Object.keys(VALUES), ...Object.keys(TEXTS)]

function fractional(path: string, key: string, numerator: number): object {
  const runtime_fraction = { default_value: { numerator, denominator: 'HUNDRED' }, runtime_key: key }
  return { ...direct('/', 'on'), match: { path, runtime_fraction } }
}

const routes = [
  ...[...keys, 'absent'].flatMap((key) => [
    fractional(`/${key}`, `v.${key}`, 0),
    fractional(`/on/${key}`, `v.${key}`, 100),
  ]),
  direct('/', 'off'),
]

const front = httpListener('front', { routes })

async function noteRuntime(side: Side, name: string): Promise<void> {
  const { entries, layers } = JSON.parse(await side.proxy.admin('/runtime')) as {
    entries: Record<string, object>
    layers: unknown
  }
  side.note(`${name} layers`, layers)
  side.note(
    name,
    Object.fromEntries(
      Object.keys(entries)
        .sort()
        .map((key) => [key, withoutStructs(entries[key])]),
    ),
  )
}

/** Envoy shows structs as a text that changes with each run, so that nobody reads it by a program. */
function withoutStructs(value: unknown): unknown {
  if (typeof value === 'string')
    return /^goo\.gle|^\{"(?:numerator|denominator)":|^\{\}$/.test(value) ? '<struct>' : value
  if (Array.isArray(value)) return value.map(withoutStructs)
  return Object.fromEntries(Object.entries(value as object).map(([key, each]) => [key, withoutStructs(each)]))
}

async function noteAnswers(side: Side, name: string, paths: readonly string[]): Promise<void> {
  const seen: Record<string, string> = {}
  for (const path of paths) {
    const response = await fetch(`http://127.0.0.1:${side.proxy.port('front')}${path}`, { keepalive: false })
    seen[path] = await response.text()
  }
  side.note(name, seen)
}

const STATS = /^runtime\.(?!deprecated|.*(?:duration|time|version))/

differential('values of static layers', {
  bootstrap: () => ({
    layered_runtime: {
      layers: [
        { name: 'values', static_layer: { v: VALUES, 'dotted.key': 1, dotted: { other: 'x' } } },
        { name: 'flags', static_layer: { 'envoy.reloadable_features.nobody_knows': true, dotted: { key: 2 } } },
      ],
    },
    static_resources: { listeners: [front] },
  }),
  stats: STATS,
  traffic: async (side) => {
    await noteRuntime(side, 'runtime')
    await noteAnswers(side, 'off by default', ['/absent', ...Object.keys(VALUES).map((key) => `/${key}`)])
    await noteAnswers(side, 'on by default', ['/on/absent', ...Object.keys(VALUES).map((key) => `/on/${key}`)])
    side.note('modify', await side.proxy.admin('/runtime_modify?v.zero=100', 'POST'))
  },
})

differential('values of /runtime_modify', {
  bootstrap: () => ({
    layered_runtime: {
      layers: [
        { name: 'base', static_layer: { v: { zero: 0, text: 'x' } } },
        { name: 'admin', admin_layer: {} },
        { name: 'above', static_layer: { v: { half: 0 } } },
      ],
    },
    static_resources: { listeners: [front] },
  }),
  stats: STATS,
  traffic: async (side) => {
    const modify = async (query: string): Promise<void> =>
      side.note(`modify ${query}`, await side.proxy.admin(`/runtime_modify${query}`, 'POST'))
    await modify('')
    await modify('?v.zero=100&v.half=100&v.new=%7B%22numerator%22%3A%20100%7D&v.text=')
    await Bun.sleep(100)
    await noteRuntime(side, 'set')
    await noteAnswers(side, 'answers', ['/zero', '/half', '/text'])
    await modify('?v.zero=&v.new=&v.text=a%20b%2Bc&v.text=last')
    await modify('?v.zero')
    await modify('?v.list=%5B1%5D&v.hundred=0x64&v.half=100.5')
    await Bun.sleep(100)
    await noteRuntime(side, 'taken away')
    await noteAnswers(side, 'answers afterwards', ['/zero', '/half', '/text', '/hundred', '/on/hundred'])
  },
})

function writeTree(folder: string, files: Readonly<Record<string, string>>): void {
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(join(folder, dirname(path)), { recursive: true })
    writeFileSync(join(folder, path), text)
  }
}

differential('directories, their order, and the swap of their link', {
  flags: ['--service-cluster', 'mine', '--service-node', 'node'],
  prepare: (folder) => {
    writeTree(folder, {
      'v1/envoy/v/zero': '100\n',
      'v1/envoy/v/text': '# a remark\n100\n',
      'v1/envoy/v/yaml': 'numerator: 100\ndenominator: HUNDRED\n',
      'v1/envoy/v/empty': '',
      'v1/envoy/v/lines': 'a\n\nb\n',
      'v1/envoy/v/.hidden': '1',
      ...Object.fromEntries(Object.entries(TEXTS).map(([name, text]) => [`v1/${name}/v/${name}`, text])),
      'v1/override/mine/v/zero': '0\n',
      'v1/override/other/v/zero': '100\n',
      'v2/envoy/v/zero': '0',
      'v2/envoy/v/marker': '7',
      'v2/envoy/v/half': '100',
      'v2/override/mine/v/half': '0',
    })
    symlinkSync('v1', join(folder, 'current'))
  },
  bootstrap: () => ({
    layered_runtime: {
      layers: [
        { name: 'base', static_layer: { v: { zero: 0, half: 0 } } },
        { name: 'disk', disk_layer: { symlink_root: '{folder}/current', subdirectory: 'envoy' } },
        {
          name: 'cluster',
          disk_layer: { symlink_root: '{folder}/current', subdirectory: 'override', append_service_cluster: true },
        },
        // One that cannot be read takes its whole layer along.
        ...Object.keys(TEXTS).map((name) => ({
          name,
          disk_layer: { symlink_root: '{folder}/current', subdirectory: name },
        })),
        { name: 'missing', disk_layer: { symlink_root: '{folder}/current', subdirectory: 'nowhere' } },
        { name: 'admin', admin_layer: {} },
      ],
    },
    static_resources: { listeners: [front] },
  }),
  stats: STATS,
  traffic: async (side) => {
    await noteRuntime(side, 'before')
    await noteAnswers(side, 'answers', ['/zero', '/text', '/yaml', '/empty', '/half'])
    await noteAnswers(
      side,
      'off by default',
      Object.keys(TEXTS).map((key) => `/${key}`),
    )
    await noteAnswers(
      side,
      'on by default',
      Object.keys(TEXTS).map((key) => `/on/${key}`),
    )
    const { folder } = side.proxy
    symlinkSync('v2', join(folder, 'next'))
    renameSync(join(folder, 'next'), join(folder, 'current'))
    await eventually('the swap', async () => (await side.proxy.admin('/runtime')).includes('"7"'))
    await Bun.sleep(100)
    await noteRuntime(side, 'after')
    await noteAnswers(side, 'answers afterwards', ['/zero', '/text', '/yaml', '/empty', '/half'])
  },
})

const RUNTIME = 'type.googleapis.com/envoy.service.runtime.v3.Runtime'

function writeRtds(folder: string, name: string, layer: object, version: string): void {
  const resources = [{ '@type': RUNTIME, name, layer }]
  writeFileSync(join(folder, 'next'), JSON.stringify({ version_info: version, resources }))
  renameSync(join(folder, 'next'), join(folder, 'rtds.json'))
}

differential('a layer from a file that a control plane would send', {
  prepare: (folder) => writeRtds(folder, 'values', { v: { zero: 100, yaml: VALUES['yaml'] } }, '1'),
  bootstrap: () => ({
    node: NODE,
    layered_runtime: {
      layers: [
        { name: 'base', static_layer: { v: { zero: 0, text: 100 } } },
        { name: 'rtds', rtds_layer: { name: 'values', rtds_config: fileSource('rtds.json') } },
        { name: 'admin', admin_layer: {} },
      ],
    },
    static_resources: { listeners: [front] },
  }),
  stats: STATS,
  traffic: async (side) => {
    const { proxy } = side
    await noteRuntime(side, 'first')
    await noteAnswers(side, 'answers', ['/zero', '/yaml', '/text'])
    writeRtds(proxy.folder, 'values', { v: { zero: 0, half: { numerator: 100 } } }, '2')
    await eventually('the second version', async () => (await proxy.admin('/runtime')).includes('v.half'))
    await Bun.sleep(100)
    await noteRuntime(side, 'second')
    await noteAnswers(side, 'answers afterwards', ['/zero', '/half', '/yaml'])
    writeRtds(proxy.folder, 'another', { v: { zero: 100 } }, '3')
    await eventually('a refusal', async () => (await proxy.stat('runtime.update_rejected')) === 1)
    writeRtds(proxy.folder, 'values', { v: { list: [1] } }, '4')
    await eventually('a refusal', async () => (await proxy.stat('runtime.update_rejected')) === 2).catch(() => {})
    await noteRuntime(side, 'third')
  },
})
