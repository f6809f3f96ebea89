/** Which of several clusters takes a request, by their weights. */
import type { RequestHeaders } from '../api/headers.ts'
import type { HashPolicy, RouteRequest } from '../api/route.ts'
import type { Runtime } from '../api/runtime.ts'
import type { ClusterChoice, WeightedCluster } from './cluster-choice.ts'

export type WeightedChoice = Extract<ClusterChoice, { kind: 'weighted' }>

/** The place in the list; those in `tried` are left out. */
export function chooseWeighted(
  choice: WeightedChoice,
  request: RouteRequest,
  hashPolicy: HashPolicy | undefined,
  runtime: Runtime,
  tried: ReadonlySet<number> | undefined,
): number {
  const { clusters } = choice
  const weights = choice.runtimeKeyPrefix === '' ? undefined : runtimeWeights(choice, runtime)
  const weightOf = (i: number): number => {
    if (tried?.has(i) === true) return 0
    return weights === undefined ? clusters[i]!.weight : weights[i]!
  }
  let total = choice.total
  if (weights !== undefined || tried !== undefined) {
    total = 0
    for (let i = 0; i < clusters.length; i++) total += weightOf(i)
  }
  let left = selectionValue(request, choice, hashPolicy, Math.max(1, total))
  for (let i = 0; i < clusters.length; i++) {
    const weight = weightOf(i)
    if (left < weight) return i
    left -= weight
  }
  return 0
}

/**
 * A header may stand in for the random number, so that tests and clients can steer the choice, or a hash, so that they
 * stay with it.
 */
function selectionValue(
  request: RouteRequest,
  { header, usesHash }: WeightedChoice,
  hashPolicy: HashPolicy | undefined,
  total: number,
): number {
  if (usesHash) {
    const hash = hashPolicy?.hash(request.headers, request.streamInfo, undefined)
    if (hash !== undefined) return Number(((BigInt(hash.high) << 32n) | BigInt(hash.low)) % BigInt(total))
  }
  const value = header === '' ? undefined : numberIn(request.headers, header, total)
  return value ?? request.random % total
}

const MAX_NUMBER = 0xffff_ffff_ffff_ffffn
/** With fewer digits a double holds any number. */
const EXACT_DIGITS = 15

/** The header as an unsigned number of 64 bits, modulo `total`; undefined: it is none, or there are several. */
function numberIn(headers: RequestHeaders, name: string, total: number): number | undefined {
  const digits = /^\+?(\d+)$/.exec(headers.get(name) ?? '')?.[1]
  if (digits === undefined || headers.getAll(name).length > 1) return undefined
  if (digits.length <= EXACT_DIGITS) return Number(digits) % total
  const number = BigInt(digits)
  return number > MAX_NUMBER ? undefined : Number(number % BigInt(total))
}

function runtimeWeights(
  { clusters, runtimeKeyPrefix }: { readonly clusters: readonly WeightedCluster[]; readonly runtimeKeyPrefix: string },
  runtime: Runtime,
): readonly number[] {
  const snapshot = runtime.current
  return clusters.map(({ name, weight }) => snapshot.integer(`${runtimeKeyPrefix}.${name}`, weight))
}
