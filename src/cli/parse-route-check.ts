/**
 * `nuncio route-check -c CONFIG -t GOLDEN [--details]`: the flags of Envoy's router_check_tool; and
 * `nuncio route-check -c BOOTSTRAP METHOD URL`, which explains one request.
 */
import type { CommandLine } from '../api/options.ts'
import { OptionError } from './option-error.ts'

const USAGE = `nuncio route-check -c <route configuration> -t <tests> [--details] [--only-show-failures]
                     [--covall | --detailed-coverage] [--fail-under <percent>]
       nuncio route-check -c <bootstrap> [-H 'name: value'] [--listener <name>] [--random <number>] <method> <url>`

export function parseRouteCheck(argv: readonly string[]): CommandLine {
  const { values, positionals } = read(argv)
  if (values.help === true) return { kind: 'exit', code: 0, stdout: `Usage: ${USAGE}\n`, stderr: '' }
  const { 'config-path': config, 'test-path': golden, details } = values
  if (config === undefined || (golden === undefined) !== (positionals.length === 2)) {
    throw new OptionError(`Usage: ${USAGE}`)
  }
  if (golden !== undefined) {
    const failUnder = Number(values['fail-under'] ?? 0)
    if (Number.isNaN(failUnder)) throw new OptionError(`error: --fail-under takes a number\nUsage: ${USAGE}`)
    return {
      kind: 'route-check',
      config,
      golden,
      details: details ?? false,
      onlyShowFailures: values['only-show-failures'] ?? false,
      failUnder,
      comprehensive: values.covall ?? false,
      detailedCoverage: values['detailed-coverage'] ?? false,
    }
  }
  // Two of them, as just checked.
  const [method, url] = positionals as [string, string]
  const random = Number(values.random ?? 0)
  if (!Number.isInteger(random) || random < 0) throw new OptionError(`error: --random takes a number\nUsage: ${USAGE}`)
  return {
    kind: 'explain-request',
    config,
    method,
    url,
    headers: values.header ?? [],
    listener: values.listener,
    random,
  }
}

function read(argv: readonly string[]) {
  const { parseArgs } = require('node:util') as typeof import('node:util')
  try {
    return parseArgs({
      args: [...argv],
      allowPositionals: true,
      options: {
        'config-path': { type: 'string', short: 'c' },
        'test-path': { type: 'string', short: 't' },
        details: { type: 'boolean', short: 'd' },
        'only-show-failures': { type: 'boolean' },
        'fail-under': { type: 'string', short: 'f' },
        covall: { type: 'boolean' },
        'detailed-coverage': { type: 'boolean' },
        header: { type: 'string', short: 'H', multiple: true },
        listener: { type: 'string' },
        random: { type: 'string' },
        help: { type: 'boolean', short: 'h' },
        // Deprecated fields are never an error here.
        'disable-deprecation-check': { type: 'boolean' },
      },
    })
  } catch (error) {
    throw new OptionError(`error: ${error instanceof Error ? error.message : String(error)}\nUsage: ${USAGE}`)
  }
}
