import { expect, test } from 'bun:test'
import { readFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { loadBootstrap } from '../load-bootstrap.ts'
import { catalogue } from './catalogue.ts'
import { criticalText } from './critical-text.ts'
import { explainFinding } from './explain.ts'
import { renderReport } from './render-report.ts'

const yaml = 'admin: {adress: {}}\nnode: {id: a, id: b}\n'
const loaded = loadBootstrap({ path: 'a,b.yaml', readFile: () => Buffer.from(yaml) })
const settings = { sourceMap: loaded.sourceMap, colour: false }

test('human: colours are for terminals, time and counts are in the last line', () => {
  const plain = renderReport('human', loaded, { ...settings, elapsedMs: 37.6 })
  expect(plain).not.toContain('\x1b')
  expect(plain).toEndWith('1 error, 1 warning in 38 ms      nuncio explain NU101\n')
  const coloured = renderReport('human', loaded, { ...settings, colour: true })
  expect(coloured).toContain('\x1b[1;31merror[NU101]\x1b[0m unknown field "adress" in Admin')
  expect(Bun.stripANSI(coloured)).toBe(renderReport('human', loaded, settings))
})

test('human: nothing to say is nothing said', () => {
  expect(renderReport('human', { errors: [], warnings: [] }, settings)).toBe('')
})

test('human: a long line is shown around its place', () => {
  const long = `node: {id: "${'x'.repeat(500)}", clustr: b}\n`
  const { errors, warnings, sourceMap } = loadBootstrap({ path: 'a.yaml', readFile: () => Buffer.from(long) })
  const lines = renderReport('human', { errors, warnings }, { sourceMap, colour: false }).split('\n')
  expect(lines[2]?.indexOf('clustr')).toBe(lines[3]?.indexOf('^') ?? -2)
  expect(lines[2]?.length).toBeLessThan(200)
})

test('json: every finding with its place', () => {
  expect(JSON.parse(renderReport('json', loaded, settings))).toEqual({
    errors: 1,
    warnings: 1,
    findings: [
      {
        id: 'NU101',
        severity: 'error',
        message: 'unknown field "adress" in Admin',
        path: 'admin.adress',
        file: 'a,b.yaml',
        line: 1,
        column: 9,
        length: 6,
        expected: 'a field of envoy.config.bootstrap.v3.Admin',
        found: 'adress',
        hint: 'did you mean "address"?',
      },
      {
        id: 'NU202',
        severity: 'warning',
        message: 'key "id" twice in one map: only the last one counts',
        path: '',
        file: 'a,b.yaml',
        line: 2,
        column: 15,
        length: 2,
        related: { label: 'the first stands in', file: 'a,b.yaml', line: 2, column: 8, length: 2 },
      },
    ],
  })
})

test('sarif: results with regions and rules', () => {
  const { runs } = JSON.parse(renderReport('sarif', loaded, settings)) as {
    readonly runs: readonly { readonly results: readonly object[]; readonly tool: object }[]
  }
  expect(runs[0]?.results[0]).toMatchObject({
    ruleId: 'NU101',
    level: 'error',
    message: { text: 'unknown field "adress" in Admin; did you mean "address"?' },
    locations: [{ physicalLocation: { region: { startLine: 1, startColumn: 9, endColumn: 15 } } }],
  })
  expect(runs[0]?.tool).toMatchObject({ driver: { rules: [{ id: 'NU101' }, { id: 'NU202' }] } })
})

test('github: one command a finding, with what the syntax needs escaped', () => {
  expect(renderReport('github', loaded, settings).split('\n')[0]).toBe(
    '::error file=a%2Cb.yaml,line=1,col=9,endColumn=15,title=NU101::unknown field "adress" in Admin; did you mean "address"?',
  )
})

test('critical: one line with the place', () => {
  expect(criticalText(loaded.errors)).toBe('a,b.yaml:1:9: unknown field "adress" in Admin (did you mean "address"?)')
  const [error] = loaded.errors
  expect(criticalText(error === undefined ? [] : [error, error, error, error, error])).toEndWith('; and 2 more')
})

test('explain: every id once, in order, with words', () => {
  const ids = catalogue.map(({ id }) => id)
  expect(ids).toEqual([...new Set(ids)].toSorted())
  expect(explainFinding('nu101')).toStartWith('NU101  unknown field\n\nEnvoy')
  expect(explainFinding('NU999')).toBeUndefined()
})

test('explain: every id that the program uses has an entry', () => {
  const src = join(import.meta.dir, '../..')
  const files = readdirSync(src, { recursive: true, encoding: 'utf8' }).filter((name) => /(?<!\.test)\.ts$/.test(name))
  const used = files.flatMap((name) => readFileSync(join(src, name), 'utf8').match(/(?<=')NU\d{3}(?=')/g) ?? [])
  const explained = new Set(catalogue.map(({ id }) => id))
  expect([...new Set(used)].filter((id) => !explained.has(id))).toEqual([])
})
