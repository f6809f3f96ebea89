/*
 * `npm run build`: dist/, what a published package runs. Minified modules for the pinned Bun: main.js and worker.js are
 * the two entry points (a worker thread starts from its own file), the rest are the chunks that both share. The API
 * schema is inside, as the sources import it as text.
 */
import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { ENTRY_POINTS } from './build/entry-points.ts'

const root = join(import.meta.dir, '..')
const outdir = join(root, 'dist')

rmSync(outdir, { recursive: true, force: true })
const result = await Bun.build({
  entrypoints: ENTRY_POINTS.map((path) => join(root, path)),
  outdir,
  target: 'bun',
  format: 'esm',
  splitting: true,
  minify: { whitespace: true, syntax: true, identifiers: true, keepNames: true },
  sourcemap: 'linked',
})
for (const output of result.outputs) {
  if (output.kind !== 'sourcemap') console.log(`${output.path.slice(root.length + 1)}  ${output.size} bytes`)
}
