/*
 * Modules that few configurations need. Sources load them with `require` inside of a function; in dist/ each is a file of its
 * own, as a program takes memory for all of its text and bytecode, in every thread, used or not.
 */
import { copyFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { BunPlugin } from 'bun'

interface LateModule {
  /** In dist/. */
  readonly file: string
  /** What the sources write to get it. */
  readonly specifier: RegExp
  /** What it is built from. */
  readonly entry: string
}

export const LATE_MODULES: readonly LateModule[] = [
  // What main.js is there to begin.
  { file: 'program.js', specifier: /\/program\.ts$/, entry: 'src/cli/program.ts' },
  { file: 'library-yaml.js', specifier: /\/library-yaml\.ts$/, entry: 'src/config/yaml/library-yaml.ts' },
  { file: 'cel-packages.js', specifier: /\/cel-packages\.ts$/, entry: 'src/cel/cel-packages.ts' },
  { file: 'yaml.js', specifier: /^yaml$/, entry: 'yaml' },
  {
    file: 'analyze-pattern.js',
    specifier: /\/analyze-pattern\.ts$/,
    entry: 'src/config/matchers/re2/analyze-pattern.ts',
  },
  { file: 're2js.js', specifier: /^re2js$/, entry: 're2js' },
]

const SCHEMA = 'envoy-schema.js'

/** Leaves late modules and the API schema out of a program. */
export const lateModules: BunPlugin = {
  name: 'late modules',
  setup(build) {
    for (const { file, specifier } of LATE_MODULES) {
      build.onResolve({ filter: specifier }, ({ kind }) =>
        kind === 'require-call' ? { path: `./${file}`, external: true } : undefined,
      )
    }
    build.onResolve({ filter: /\/schema\/envoy\.txt$/ }, () => ({ path: `./${SCHEMA}`, external: true }))
  },
}

/** The schema as a text file and what reads it: inside a program it would be there three times, as source, bytecode and string. */
export function writeSchema(root: string, folder: string): void {
  copyFileSync(join(root, 'schema/envoy.txt'), join(folder, 'envoy.txt'))
  writeFileSync(
    join(folder, SCHEMA),
    "module.exports = require('node:fs').readFileSync(require('node:path').join(__dirname, 'envoy.txt'), 'latin1')\n",
  )
}
