/*
 * Patterns beside RE2: the size of their programs, and what they match. They are made by chance, but the same ones in every
 * run: literals, classes, anchors, groups with and without switches, counts, alternatives that begin alike.
 */
import { expect, test } from 'bun:test'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { analyzePattern } from '../../src/config/matchers/re2/analyze-pattern.ts'
import { httpListener } from '../support/configs.ts'
import { Dice } from './support/dice.ts'
import { differential } from './support/differential.ts'
import { findEnvoy } from './support/find-envoy.ts'

class Patterns {
  readonly #dice: Dice
  #names = 0

  constructor(seed: number) {
    this.#dice = new Dice(seed)
  }

  next(): string {
    return this.#alternatives(3) || 'x'
  }

  #of(...options: readonly string[]): string {
    return this.#dice.oneOf(options)
  }

  #alternatives(depth: number): string {
    if (this.#dice.roll(3) > 0) return this.#sequence(depth)
    const start = this.#dice.roll(2) === 0 ? '' : this.#counted(depth)
    return Array.from(
      { length: 2 + this.#dice.roll(3) },
      () => (this.#dice.roll(3) > 0 ? start : '') + this.#sequence(depth),
    ).join('|')
  }

  #sequence(depth: number): string {
    const switches = this.#dice.roll(30) === 0 ? this.#of('(?i)', '(?s)', '(?m)', '(?U)', '(?i-s)') : ''
    return switches + Array.from({ length: this.#dice.roll(4) }, () => this.#counted(depth)).join('')
  }

  #counted(depth: number): string {
    const count = this.#of('*', '+', '?', '*?', '+?', '{2}', '{0,2}', '{2,4}', '{2,}', '{0}', '{3,5}?')
    return this.#atom(depth) + (this.#dice.roll(2) === 0 ? '' : count)
  }

  #atom(depth: number): string {
    const kind = this.#dice.roll(20)
    if (kind < 9)
      return Array.from({ length: 1 + this.#dice.roll(4) }, () => this.#of(...'aAbBkKzZ019/_-:é'.split(''))).join('')
    if (kind < 12) return this.#class()
    if (kind < 14) return '.'
    if (kind < 15) return this.#of('\\d', '\\w', '\\S', '\\pL', '\\W', '\\C', '\\x41', '\\.', '\\Qa.b\\E')
    if (kind < 17) return this.#of('^', '$', '\\b', '\\B', '\\A', '\\z')
    if (depth === 0) return 'a'
    const open = this.#of('(', '(?:', '(?i:', '(?s:', '(?m:', '(?U:', '(?-i:', `(?P<n${this.#names++}>`)
    return `${open}${this.#alternatives(depth - 1)})`
  }

  #class(): string {
    const part = () =>
      this.#of(
        'a-z',
        'A-Z',
        '0-9',
        'A-z',
        'k-m',
        'K-M',
        '\\x80-\\xff',
        '!-~',
        '\\d',
        '\\W',
        '[:alpha:]',
        '[:^digit:]',
        '\\p{Lu}',
        'b',
        '/',
        '_',
      )
    return `[${this.#dice.roll(3) === 0 ? '^' : ''}${Array.from({ length: 1 + this.#dice.roll(3) }, part).join('')}]`
  }
}

const T = 'type.googleapis.com/'
const LEVELS = (error: number, warn: number) => ({
  layers: [
    { name: 's', static_layer: { 're2.max_program_size.error_level': error, 're2.max_program_size.warn_level': warn } },
  ],
})

const patterns = (seed: number, count: number) => {
  const source = new Patterns(seed)
  return Array.from({ length: count }, () => source.next())
}

const matchers = (all: readonly string[]) =>
  all.map((regex, i) => ({
    match: { path: `/${i}`, headers: [{ name: 'x', string_match: { safe_regex: { regex } } }] },
    direct_response: { status: 200 },
  }))

const envoy = findEnvoy()

test.skipIf(envoy === undefined)('the sizes of programs', () => {
  const all = patterns(7, 2000)
  const folder = mkdtempSync(join(tmpdir(), 'nuncio-regexes-'))
  const file = join(folder, 'bootstrap.json')
  const manager = {
    '@type': `${T}envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager`,
    stat_prefix: 'in',
    route_config: { virtual_hosts: [{ name: 'v', domains: ['*'], routes: matchers(all) }] },
    http_filters: [{ name: 'r', typed_config: { '@type': `${T}envoy.extensions.filters.http.router.v3.Router` } }],
  }
  const address = { socket_address: { address: '127.0.0.1', port_value: 0 } }
  const listener = { address, filter_chains: [{ filters: [{ name: 'm', typed_config: manager }] }] }
  const bootstrap = { static_resources: { listeners: [listener] }, layered_runtime: LEVELS(1e9, 0) }
  try {
    writeFileSync(file, JSON.stringify(bootstrap))
    const { stderr } = Bun.spawnSync([envoy!, '-c', file, '--mode', 'validate'])
    const told = [...stderr.toString().matchAll(/RE2 program size of (\d+) > max program size of 0/g)].map((m) =>
      Number(m[1]),
    )
    const ours = all.map((source) => {
      const analysis = analyzePattern(source)
      return analysis.ok ? analysis.programSize() : analysis.message
    })
    expect(ours as unknown[]).toEqual(told)
    const bounds = all.map((source) => {
      const analysis = analyzePattern(source)
      return analysis.ok ? analysis.sizeBound : 0
    })
    expect(all.filter((_, i) => bounds[i]! < told[i]!)).toEqual([])
  } finally {
    rmSync(folder, { recursive: true })
  }
})

const MATCHED = patterns(11, 200)

differential('what patterns match', {
  bootstrap: () => ({
    layered_runtime: LEVELS(1e9, 1e9),
    static_resources: {
      listeners: [
        httpListener('front', {
          routes: [...matchers(MATCHED), { match: { prefix: '/' }, direct_response: { status: 204 } }],
        }),
      ],
    },
  }),
  traffic: async (side) => {
    const dice = new Dice(3)
    for (let i = 0; i < MATCHED.length; i++) {
      for (let k = 0; k < 4; k++) {
        // Without operators a pattern is often a text that it matches.
        const plain = MATCHED[i]!.replaceAll(/\(\?[^:)]*[:)]|\\[bBAzQE]|[()^$*+?]|\{[^}]*\}/g, '').split('|')
        const part = dice
          .oneOf(plain)
          .replaceAll(/\[\^?(.)[^\]]*\]/g, '$1')
          .replaceAll(/\\[dwpPS]/g, '5')
        const value = k % 2 === 0 ? part : part.toUpperCase()
        await side.send(`${i} ${k} ${MATCHED[i]}`, 'front', `GET /${i} HTTP/1.1\r\nhost: a\r\nx: ${value}\r\n\r\n`)
      }
    }
  },
})
