/** What a host counts, in the places of a stat. */
export interface HostNumber {
  /** `cluster.<name>.endpoint.<address>.cx_total` */
  readonly name: string
  readonly value: number
  readonly type: 'Counters' | 'Gauges'
  /** Metric and labels for Prometheus. */
  readonly metric: string
  readonly labels: string
}
