/** `nuncio route-check -c CONFIG -t GOLDEN [--details]`: the flags of Envoy's router_check_tool. */
import { parseArgs } from 'node:util'
import type { CommandLine } from '../api/options.ts'
import { OptionError } from './option-error.ts'

const USAGE = 'nuncio route-check -c <route configuration> -t <tests> [--details]'

export function parseRouteCheck(argv: readonly string[]): CommandLine {
  const { 'config-path': config, 'test-path': golden, details } = read(argv)
  if (config === undefined || golden === undefined) throw new OptionError(`usage: ${USAGE}`)
  return { kind: 'route-check', config, golden, details: details ?? false }
}

function read(argv: readonly string[]) {
  try {
    return parseArgs({
      args: [...argv],
      options: {
        'config-path': { type: 'string', short: 'c' },
        'test-path': { type: 'string', short: 't' },
        details: { type: 'boolean', short: 'd' },
        // Deprecated fields are never an error here.
        'disable-deprecation-check': { type: 'boolean' },
      },
    }).values
  } catch (error) {
    throw new OptionError(`error: ${error instanceof Error ? error.message : String(error)}\nusage: ${USAGE}`)
  }
}
