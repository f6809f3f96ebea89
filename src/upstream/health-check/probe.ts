/** How one host is asked how it does; what its answers mean for its health is the session's business. */
export interface Probe {
  /** Asks once; an answer, or `failed`, comes through `ProbeResults`, unless `onTimeout` comes first. */
  ask(): void
  /** No answer came in time: gives this question up. */
  onTimeout(): void
  /** Nothing is reported after this. */
  close(): void
}

/** As events name them. */
export type FailureType = 'ACTIVE' | 'PASSIVE' | 'NETWORK' | 'NETWORK_TIMEOUT'

export interface ProbeFailure {
  readonly type: FailureType
  /** One of several before it counts. */
  readonly retriable: boolean
  /** Of the answer; 0 without one. */
  readonly status: number
}

export interface ProbeResults {
  succeeded(degraded: boolean): void
  failed(failure: ProbeFailure): void
  /** The host wants to be left out of all that is counted (x-envoy-immediate-health-check-fail). */
  excluded(): void
}

export const NETWORK_FAILURE: ProbeFailure = { type: 'NETWORK', retriable: false, status: 0 }
