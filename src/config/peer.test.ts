/* Configurations of real projects with Envoy's answers, if they lie beside the repository. Decoding and rules only. */
import { describe, expect, test } from 'bun:test'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { loadBootstrap } from './load-bootstrap.ts'
import { newMarks } from './source/marks.ts'
import { readFastYaml } from './yaml/fast-yaml.ts'
import { readYamlByLibrary } from './yaml/library-yaml.ts'

const peer = join(import.meta.dir, '../../../shared/peer')
const there = existsSync(peer)

interface Bootstrap {
  readonly file: string
  readonly validate: { readonly outcome: string; readonly args?: readonly string[] }
}

interface Negative {
  readonly file: string
  readonly accepted: boolean
}

function index<T>(name: string): readonly T[] {
  return JSON.parse(readFileSync(join(peer, name, 'index.json'), 'utf8')) as T[]
}

function load(file: string, unknownFields: 'error' | 'warn' = 'error') {
  return loadBootstrap({ path: file, unknownFields, readFile: (path) => readFileSync(join(peer, path)) })
}

/** What another pass than decoding and rules refuses, so that this room must let it pass. */
const LATER = 38

describe.skipIf(!there)('peer data (skipped where ../shared/peer is absent)', () => {
  test('437 of 437 bootstraps that Envoy accepts are accepted', () => {
    const accepted = index<Bootstrap>('bootstraps').filter(({ validate }) => validate.outcome === 'accepted')
    const refused = accepted.filter(({ file, validate }) => {
      const allow = validate.args?.includes('--allow-unknown-static-fields') === true
      return !load(file, allow ? 'warn' : 'error').ok
    })
    expect(refused.map(({ file }) => file)).toEqual([])
    expect(accepted.length).toBe(437)
  })

  test('70 of 108 borderline bootstraps are judged as by Envoy here, 38 are for the rooms that build from them', () => {
    const all = index<Negative>('negative')
    const missed = all.filter(({ file, accepted }) => !accepted && load(file).ok)
    expect(all.filter(({ file, accepted }) => accepted && !load(file).ok)).toEqual([])
    expect([all.length, missed.length]).toEqual([108, LATER])
  })

  test('every refusal of a text has a place in it', () => {
    const homeless = index<Negative>('negative').filter(({ file }) => {
      return load(file).errors.some((error) => error.place === undefined)
    })
    expect(homeless.map(({ file }) => file)).toEqual([])
  })

  test('the fast YAML reader gives the tree and the places of the library, or gives up', () => {
    const files = [...index<Bootstrap>('bootstraps'), ...index<Negative>('negative')].map(({ file }) => file)
    const texts = files.filter((file) => /\.ya?ml$/.test(file)).map((file) => readFileSync(join(peer, file), 'utf8'))
    let read = 0
    for (const text of texts) {
      const [fastMarks, slowMarks] = [newMarks(), newMarks()]
      const fast = readFastYaml(text, fastMarks)
      if (fast === undefined) continue
      read++
      const slow = readYamlByLibrary(text, slowMarks)
      expect(slow.ok && JSON.stringify(slow.tree)).toBe(JSON.stringify(fast.tree))
      expect(keyPlaces(fastMarks)).toEqual(keyPlaces(slowMarks))
      expect(fastMarks.duplicates.length).toBe(slowMarks.duplicates.length)
    }
    // What it cannot read costs time only; most must be for it.
    expect(read / texts.length).toBeGreaterThan(0.9)
  })
})

function keyPlaces(marks: ReturnType<typeof newMarks>): number[] {
  const places = [...marks.containers.values()].flatMap((entries) =>
    [...entries.values()].map(({ keyStart }) => keyStart),
  )
  return places.filter((place) => place >= 0).toSorted((a, b) => a - b)
}
