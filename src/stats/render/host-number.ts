import type { Tag } from '../tags/tag.ts'

/** What a host counts, in the places of a stat. */
export interface HostNumber {
  /** `cluster.<name>.endpoint.<address>.cx_total` */
  readonly name: string
  readonly value: number
  readonly type: 'Counters' | 'Gauges'
  /** `cluster.endpoint.cx_total`, and what else is in the name. */
  readonly base: string
  readonly tags: readonly Tag[]
}
