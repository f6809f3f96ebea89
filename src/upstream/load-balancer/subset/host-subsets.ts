/** Which subsets there are, and who is in them: a tree of names and values that ends in lists of hosts. */
import type { Json } from '../../../api/config.ts'
import type { SubsetPolicy, SubsetSelector } from '../../config/policies/policy.ts'
import { lbMetadata } from '../lb-metadata.ts'
import type { MetadataCriteria } from './metadata-criteria.ts'
import { valueText } from './metadata-criteria.ts'

/** A host of any kind: threads and the main thread have different ones. */
export interface TaggedHost {
  readonly metadata: unknown
  readonly priority: number
}

export interface HostSubset<H> {
  /** Of a selector with `single_host_per_subset`: the first host of each priority. */
  /** Unique among the subsets of a cluster. */
  readonly name: string
  readonly singleHost: boolean
  readonly hosts: Set<H>
}

interface Node<H> {
  subset: HostSubset<H> | undefined
  /** By name, then by the text of the value. */
  readonly children: Map<string, Map<string, Node<H>>>
}

export class HostSubsets<H extends TaggedHost> {
  readonly #root: Node<H> = newNode()
  readonly #all: HostSubset<H>[] = []
  /** Hosts that found the place of theirs taken. */
  duplicates = 0

  constructor(hosts: Iterable<H>, policy: Pick<SubsetPolicy, 'selectors' | 'listAsAny'>) {
    const taken = new Map<HostSubset<H>, Set<number>>()
    for (const host of hosts) {
      for (const selector of policy.selectors) {
        for (const values of selectedValues(host, selector, policy.listAsAny)) {
          this.#place(host, this.#subset(selector, values), taken)
        }
      }
    }
  }

  get all(): readonly HostSubset<H>[] {
    return this.#all
  }

  find({ names, values }: MetadataCriteria): HostSubset<H> | undefined {
    if (names.length === 0) return undefined
    let node: Node<H> | undefined = this.#root
    for (let i = 0; i < names.length && node !== undefined; i++) node = node.children.get(names[i]!)?.get(values[i]!)
    return node?.subset
  }

  #place(host: H, subset: HostSubset<H>, taken: Map<HostSubset<H>, Set<number>>): void {
    if (!subset.singleHost) return void subset.hosts.add(host)
    const priorities = taken.get(subset) ?? new Set()
    taken.set(subset, priorities)
    if (priorities.has(host.priority)) this.duplicates++
    else subset.hosts.add(host)
    priorities.add(host.priority)
  }

  #subset({ keys, singleHost }: SubsetSelector, values: readonly string[]): HostSubset<H> {
    let node = this.#root
    for (let i = 0; i < keys.length; i++) {
      const key = keys[i]!
      const value = values[i]!
      let byValue = node.children.get(key)
      if (byValue === undefined) node.children.set(key, (byValue = new Map<string, Node<H>>()))
      let child = byValue.get(value)
      if (child === undefined) byValue.set(value, (child = newNode<H>()))
      node = child
    }
    if (node.subset === undefined) {
      const name = JSON.stringify(keys.map((key, i) => [key, values[i]]))
      this.#all.push((node.subset = { name, singleHost, hosts: new Set() }))
    }
    return node.subset
  }
}

function newNode<H>(): Node<H> {
  return { subset: undefined, children: new Map() }
}

/** The values of the selector's keys; more than one combination where lists stand for their items; none where a key is missing. */
function selectedValues(
  host: TaggedHost,
  { keys }: SubsetSelector,
  listAsAny: boolean,
): readonly (readonly string[])[] {
  const members = lbMetadata(host.metadata)
  if (members === undefined) return NOWHERE
  const single: string[] = []
  for (let i = 0; i < keys.length; i++) {
    const value = members[keys[i]!]
    if (value === undefined) return NOWHERE
    if (listAsAny && Array.isArray(value)) return combined(members, keys)
    single.push(valueText(value))
  }
  return [single]
}

const NOWHERE: readonly (readonly string[])[] = []

/** All keys have values, of which some are lists that stand for their items. */
function combined(members: Readonly<Record<string, Json>>, keys: readonly string[]): readonly (readonly string[])[] {
  let combinations: readonly (readonly string[])[] = [[]]
  for (const key of keys) {
    const value = members[key]
    if (value === undefined) return NOWHERE
    const choices = Array.isArray(value) ? (value as readonly Json[]) : [value]
    const texts = choices.map(valueText)
    combinations = combinations.flatMap((values) => texts.map((text) => [...values, text]))
  }
  return combinations
}
