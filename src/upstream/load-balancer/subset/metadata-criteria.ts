/** What a request asks of hosts: names with values, in the order of the names, the values as texts that are equal when they are. */
import type { Json } from '../../../api/config.ts'

export interface MetadataCriteria {
  readonly names: readonly string[]
  readonly values: readonly string[]
}

export function criteriaOf(members: Readonly<Record<string, unknown>>): MetadataCriteria {
  const names = Object.keys(members).sort()
  // Struct members, as configured or as a filter left them.
  return { names, values: names.map((name) => valueText(members[name] as Json)) }
}

export function keepNames({ names, values }: MetadataCriteria, kept: readonly string[]): MetadataCriteria {
  const isKept = (_: string, at: number): boolean => kept.includes(names[at]!)
  return { names: names.filter(isKept), values: values.filter(isKept) }
}

/** The order of an object's members does not count. */
export function valueText(value: Json): string {
  if (typeof value !== 'object' || value === null) return JSON.stringify(value)
  if (Array.isArray(value)) return `[${value.map(valueText).join()}]`
  const members = Object.entries(value as Readonly<Record<string, Json>>)
  members.sort(([a], [b]) => (a < b ? -1 : 1))
  return `{${members.map(([name, member]) => `${JSON.stringify(name)}:${valueText(member)}`).join()}}`
}
