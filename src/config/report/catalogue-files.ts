/* NU3xx: what can be wrong with files and texts. */
import type { CatalogueEntry } from './catalogue-entry.ts'

export const fileFindings: readonly CatalogueEntry[] = [
  {
    id: 'NU301',
    title: 'YAML syntax',
    text: 'The text is no YAML. The usual reasons are indentation that does not line up, a missing colon or quote, and tabs.',
  },
  { id: 'NU302', title: 'tab used for indentation', text: 'YAML allows only blanks for indentation.' },
  {
    id: 'NU303',
    title: 'JSON syntax',
    text: 'The text is no JSON. Files that end in .yaml or .yml are read as YAML, .pb and .pb_text as protobuf, every other name as JSON.',
  },
  {
    id: 'NU304',
    title: 'file cannot be read',
    text: 'The configuration file is not there or may not be read. Relative names start at the working directory.',
  },
  {
    id: 'NU305',
    title: 'broken protobuf',
    text: 'The bytes of a .pb file, or the text of a .pb_text file, are no envoy.config.bootstrap.v3.Bootstrap.',
  },
  {
    id: 'NU306',
    title: 'no configuration given',
    text: 'Name a file with -c, or give the configuration itself with --config-yaml.',
  },
]
