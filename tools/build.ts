/*
 * `npm run build`: dist/, what a published package runs. Two minified programs for the pinned Bun, each whole in itself:
 * main.js, and worker.js that every worker thread starts from. Beside each lies its bytecode, which saves a third of the
 * start; Bun makes it for CommonJS only, and ignores it when it is not the very version that made it. The API schema is
 * inside, as the sources import it as text.
 *
 * The file `built` carries the time at which the build began: bin/nuncio compares the sources with it.
 */
import { mkdirSync, readdirSync, renameSync, rmSync, utimesSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { BunPlugin } from 'bun'
import { ENTRY_POINTS } from './build/entry-points.ts'
import { LATE_MODULES, lateModules, writeSchema } from './build/late-modules.ts'

/** File systems stamp with the clock of the last tick; what is written while we read must come out as newer. */
const CLOCK_TICK_MS = 20

/** The work of build-binary.ts. */
const EXECUTABLE = 'nuncio'

const root = join(import.meta.dir, '..')
const dist = join(root, 'dist')
/** Beside dist/, so that source maps point at the same places from both. */
const made = join(root, `dist-${process.pid}`)
const begun = new Date(Date.now() - CLOCK_TICK_MS)

mkdirSync(made, { recursive: true })
for (const entry of ENTRY_POINTS) await build(join(root, entry), [lateModules])
for (const { file, entry } of LATE_MODULES) await build(moduleFile(entry), [lateModules], file)
writeSchema(root, made)
// A proxy may start meanwhile: it must not find half of a build.
rmSync(join(dist, 'built'), { force: true })
const files = readdirSync(made)
mkdirSync(dist, { recursive: true })
for (const file of files) renameSync(join(made, file), join(dist, file))
rmSync(made, { recursive: true })
for (const file of readdirSync(dist)) {
  if (file !== EXECUTABLE && !files.includes(file)) rmSync(join(dist, file), { recursive: true })
}
writeFileSync(join(dist, 'built'), '')
utimesSync(join(dist, 'built'), begun, begun)

function moduleFile(entry: string): string {
  return entry.includes('/') ? join(root, entry) : Bun.resolveSync(entry, root)
}

async function build(entry: string, plugins: BunPlugin[], file = '[name].js'): Promise<void> {
  const { outputs } = await Bun.build({
    entrypoints: [entry],
    outdir: made,
    naming: file,
    plugins,
    target: 'bun',
    format: 'cjs',
    bytecode: true,
    minify: { whitespace: true, syntax: true, identifiers: true, keepNames: true },
    sourcemap: 'linked',
  })
  for (const { kind, path, size } of outputs) {
    if (kind !== 'sourcemap') console.log(`dist${path.slice(made.length)}  ${size} bytes`)
  }
}
