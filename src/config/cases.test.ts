/*
 * Configurations and what is said about them: cases/<row>-<what>.<extension> and the report in <row>-<what>.expected.
 * The rows are those of the table of mistakes that Envoy's users make. `BLESS=1` writes what is said now.
 */
import { expect, test } from 'bun:test'
import { existsSync, readFileSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { loadBootstrap } from './load-bootstrap.ts'
import { catalogue } from './report/catalogue.ts'
import { renderReport } from './report/render-report.ts'

const folder = join(import.meta.dir, 'cases')
const bless = process.env['BLESS'] === '1'

for (const file of readdirSync(folder).filter((name) => !name.endsWith('.expected'))) {
  test(`config case: ${file}`, () => {
    const loaded = loadBootstrap({ path: file, readFile: () => readFileSync(join(folder, file)) })
    const report = renderReport('human', loaded, { sourceMap: loaded.sourceMap, colour: false })
    const said = report === '' ? 'nothing to say\n' : report
    const path = join(folder, `${file.replace(/\.\w+$/, '')}.expected`)
    if (bless) writeFileSync(path, said)
    expect(existsSync(path)).toBe(true)
    expect(said).toBe(readFileSync(path, 'utf8'))
  })
}

test('config cases: every finding that they show is in the catalogue', () => {
  const explained = new Set(catalogue.map((entry) => entry.id))
  const shown = readdirSync(folder)
    .filter((name) => name.endsWith('.expected'))
    .flatMap((name) => readFileSync(join(folder, name), 'utf8').match(/NU\d{3}/g) ?? [])
  expect(shown.filter((id) => !explained.has(id))).toEqual([])
})
