/** What --help prints. */
import type { Flag } from './flags.ts'
import { ENVOY_FLAGS, OWN_FLAGS } from './flags.ts'

export function usage(): string {
  return `nuncio: a drop-in Envoy proxy

USAGE:
  nuncio -c <envoy.yaml> [flags]      serve
  nuncio validate -c <envoy.yaml>     every finding of a configuration; warnings are errors
  nuncio supervise [--watch] -- -c <envoy.yaml> [flags]
                                      serve; SIGHUP (or a changed file) starts the next epoch of a hot restart
  nuncio route-check -c <envoy.yaml> <method> <url>
                                      what happens to a request, and why
  nuncio route-check -c <routes.yaml> -t <tests>
                                      Envoy's router check tool
  nuncio explain <NU101>              what a finding means and what to do

A value follows its flag as the next argument or behind a space or = in the same one.

FLAGS (Envoy 1.40's):
${ENVOY_FLAGS.map(line).join('\n')}

FLAGS (Nuncio's own):
${OWN_FLAGS.map(line).join('\n')}
`
}

const PLACEHOLDER = { switch: '', string: ' <string>', u32: ' <uint32_t>' } as const

function line(flag: Flag): string {
  const names = flag.short === undefined ? `--${flag.name}` : `-${flag.short}, --${flag.name}`
  const head = `  ${names}${PLACEHOLDER[flag.kind]}`
  return `${head.padEnd(42)} ${flag.help}`
}
