/*
 * Findings as the one line that Envoy logs when a configuration is refused: scripts and people look for it there.
 */
import type { ConfigError } from '../../api/config.ts'
import { printPlace } from './human-report.ts'

/** Goes behind `error initializing configuration '…': `. Every error is in it, up to `most`. */
export function criticalText(errors: readonly ConfigError[], most = 3): string {
  const said = errors.slice(0, most).map(sentence)
  if (errors.length > most) said.push(`and ${errors.length - most} more`)
  return said.join('; ')
}

/** `envoy.yaml:33:23: unknown field "addres" in Endpoint (did you mean "address"?)`. */
export function sentence(error: ConfigError): string {
  const place = error.place === undefined ? '' : `${printPlace(error.place)}: `
  const hint = error.hint === undefined ? '' : ` (${error.hint})`
  return `${place}${error.message.replaceAll('\n', ' ')}${hint}`
}
