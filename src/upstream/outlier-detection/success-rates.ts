/** How far below the average a host may be (Envoy docs: intro/arch_overview/upstream/outlier, success rate). */

export interface SuccessRates {
  /** In percent; -1: too few hosts had enough requests. */
  readonly average: number
  readonly threshold: number
}

export const NO_SUCCESS_RATES: SuccessRates = { average: -1, threshold: -1 }

/** `rates` in percent, one at least; `factor` in standard deviations. */
export function successRates(rates: readonly number[], factor: number): SuccessRates {
  const average = rates.reduce((sum, rate) => sum + rate, 0) / rates.length
  const variance = rates.reduce((sum, rate) => sum + (rate - average) ** 2, 0) / rates.length
  return { average, threshold: average - factor * Math.sqrt(variance) }
}
