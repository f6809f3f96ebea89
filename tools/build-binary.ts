/*
 * `npm run build:binary [-- --outfile PATH]`: one executable that holds Bun, the program as bytecode, the worker's entry
 * point and the API schema. ESM on purpose: with CommonJS, bytecode freezes import.meta.url to the build machine's path
 * and workers would be looked for there. Neither .env nor bunfig.toml of the current folder may change what a proxy does.
 */
import { mkdirSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { ENTRY_POINTS } from './build/entry-points.ts'

const root = join(import.meta.dir, '..')
const { values } = parseArgs({ options: { outfile: { type: 'string', default: join(root, 'dist/nuncio') } } })
const outfile = resolve(values.outfile)

mkdirSync(dirname(outfile), { recursive: true })
const options = ['--compile', '--minify', '--keep-names', '--bytecode', '--format=esm', `--outfile=${outfile}`]
options.push('--no-compile-autoload-dotenv', '--no-compile-autoload-bunfig')
const { exitCode } = Bun.spawnSync([process.execPath, 'build', ...options, ...ENTRY_POINTS], {
  cwd: root,
  stdin: 'ignore',
  stdout: 'inherit',
  stderr: 'inherit',
})
process.exit(exitCode)
