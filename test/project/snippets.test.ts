/* Blocks of the pages marked `bash test` succeed in the root of the repository; `yaml test` ones are valid bootstraps. */
import { describe, expect, test } from 'bun:test'
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { expectSuccess } from '../support/run-command.ts'

const root = join(import.meta.dir, '../..')
const pages = ['.', 'docs', 'docs/operations', 'examples']
  .flatMap((folder) => readdirSync(join(root, folder)).map((name) => join(folder, name)))
  .filter((path) => path.endsWith('.md'))

for (const page of pages) {
  const text = readFileSync(join(root, page), 'utf8')

  describe(page, () => {
    for (const [index, [, language, block]] of [
      ...text.matchAll(/^```(bash|yaml) test\n([\s\S]*?)^```$/gm),
    ].entries()) {
      test(`${language} block ${index + 1}`, () => {
        if (language === 'bash') expectSuccess(['sh', '-eu', '-c', block!])
        else validate(block!)
      }, 30_000)
    }

    test('names only files that exist', () => {
      const links = [...text.matchAll(/\]\((?!https?:|#)([^)#]+)[^)]*\)/g)].map(([, link]) => link!)
      expect(links.filter((link) => !existsSync(join(root, dirname(page), link)))).toEqual([])
    })
  })
}

function validate(yaml: string): void {
  const scratch = mkdtempSync(join(tmpdir(), 'nuncio-snippet-'))
  writeFileSync(join(scratch, 'envoy.yaml'), yaml)
  try {
    expectSuccess([join(root, 'bin/nuncio'), '--mode', 'validate', '-c', join(scratch, 'envoy.yaml')])
  } finally {
    rmSync(scratch, { recursive: true })
  }
}
