/*
 * Every finding by its id: the text of `nuncio explain`, the rules of SARIF, the page in docs/. NU1xx a single field,
 * NU2xx the meaning of the whole, NU3xx files and flags. Ids are never reused.
 */
import type { CatalogueEntry } from './catalogue-entry.ts'
import { fieldFindings } from './catalogue-fields.ts'
import { fileFindings } from './catalogue-files.ts'
import { meaningFindings } from './catalogue-meaning.ts'
import { resourceFindings } from './catalogue-resources.ts'

export const catalogue: readonly CatalogueEntry[] = [
  ...fieldFindings,
  ...resourceFindings,
  ...meaningFindings,
  ...fileFindings,
]
