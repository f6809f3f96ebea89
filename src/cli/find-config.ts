/** Where a configuration usually lies, for a command line that names none. */

const USUAL_PATHS = ['./envoy.yaml', '/etc/envoy/envoy.yaml'] as const

export function findConfig(exists: (path: string) => boolean): string | undefined {
  return USUAL_PATHS.find(exists)
}

/** What to say below Envoy's own message: starting on a file that nobody named would not be drop-in. */
export function noConfigHint(found: string | undefined): string {
  return found === undefined
    ? `Neither ${USUAL_PATHS.join(' nor ')} exists. Start with: nuncio -c <envoy.yaml>\n`
    : `There is ${found}. Start with: nuncio -c ${found}\n`
}
