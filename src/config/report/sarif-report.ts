/* `--format sarif`: SARIF 2.1.0, one run. */
import type { ConfigError, ConfigPlace } from '../../api/config.ts'
import { catalogue } from './catalogue.ts'
import type { Findings } from './findings.ts'
import { byPlace } from './findings.ts'

export function sarifReport(findings: Findings): string {
  const all = byPlace(findings)
  const used = new Set(all.map((finding) => finding.id))
  const rules = catalogue
    .filter((entry) => used.has(entry.id))
    .map(({ id, title, text }) => ({ id, shortDescription: { text: title }, fullDescription: { text } }))
  const log = {
    $schema: 'https://json.schemastore.org/sarif-2.1.0.json',
    version: '2.1.0',
    runs: [{ tool: { driver: { name: 'nuncio', rules } }, results: all.map(result) }],
  }
  return `${JSON.stringify(log, undefined, 2)}\n`
}

function result({ id, severity, message, hint, place, path, related }: ConfigError): object {
  return {
    ruleId: id,
    level: severity,
    message: { text: hint === undefined ? message : `${message}; ${hint}` },
    locations: [
      {
        ...(place === undefined ? {} : physical(place)),
        ...(path === '' ? {} : { logicalLocations: [{ fullyQualifiedName: path }] }),
      },
    ],
    ...(related === undefined
      ? {}
      : { relatedLocations: [{ ...physical(related.place), message: { text: related.label } }] }),
  }
}

function physical(place: ConfigPlace): object {
  return {
    physicalLocation: {
      artifactLocation: { uri: place.file },
      region: { startLine: place.line, startColumn: place.column, endColumn: place.column + place.length },
    },
  }
}
