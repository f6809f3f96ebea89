/*
 * Bootstraps that Envoy accepts and that cannot be meant. All findings are warnings here; what `nuncio validate` and
 * --strict make errors of, `strictErrors` says.
 */
import type { Message } from '../../api/config.ts'
import type { Finding } from '../decode/finding.ts'
import { lintClusters } from './lint-clusters.ts'
import { lintListeners } from './lint-listeners.ts'
import { lintPorts } from './lint-ports.ts'
import { lintVariables } from './lint-variables.ts'

/** Of a decoded message; it need not have passed the checks. `mayHoldVariables` spares looking at every text. */
export function lintBootstrap(bootstrap: Message, mayHoldVariables: boolean): readonly Finding[] {
  return [
    ...lintListeners(bootstrap),
    ...lintClusters(bootstrap),
    ...lintPorts(bootstrap),
    ...(mayHoldVariables ? lintVariables(bootstrap) : []),
  ]
}

/** Nobody wants these to pass. */
export const strictErrors: ReadonlySet<string> = new Set(['NU201', 'NU202', 'NU205', 'NU207', 'NU208'])
