/* What the real Envoy accepts, refuses and prints, where its answers are at hand. */
import { describe, expect, test } from 'bun:test'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { compileFormat } from './compile-format.ts'
import { exampleStream } from './example-stream.test.ts'

const FILE = join(import.meta.dir, '../../../shared/peer/vectors/access_log.jsonl')

interface Vector {
  readonly id: string
  readonly format: string
  readonly accepted: boolean
  readonly varies: boolean
  readonly output?: string
  readonly sample_output?: string
  readonly error?: string
}

function verdict(format: string): { readonly output?: string; readonly error?: string } {
  const compiled = compileFormat(format, { unset: '-' })
  return compiled.ok ? { output: compiled.formatter.format(exampleStream().context) } : { error: compiled.message }
}

/** Digits and letters of a value that is different each time. */
function shape(text: string | undefined): string | undefined {
  return text?.replace(/[0-9a-f]+/g, '#')
}

process.env['NUNCIO_TEST'] = 'env value'

describe.skipIf(!existsSync(FILE))('answers of Envoy 1.40', () => {
  const vectors = existsSync(FILE)
    ? readFileSync(FILE, 'utf8')
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line) as Vector)
    : []
  for (const vector of vectors) {
    test(`${vector.id} ${vector.format}`, () => {
      const { output, error } = verdict(vector.format)
      expect(error).toBe(vector.error)
      if (vector.varies && vector.format !== '%HOSTNAME%') expect(shape(output)).toBe(shape(vector.sample_output))
      else if (!vector.varies) expect(output).toBe(vector.output)
    })
  }
})
