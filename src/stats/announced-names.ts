/**
 * Names that are listed below a prefix before anybody counts there, as 0 and never used: a cluster has a hundred of them, and
 * most clusters count under few. Each list is in byte order and shared by all that announce it.
 */
export interface AnnouncedNames {
  readonly counters: readonly string[]
  readonly gauges: readonly string[]
  /** Those of the gauges that a hot-restart parent has no part in. */
  readonly ownGauges: readonly string[]
  readonly histograms: readonly string[]
}

const LISTS = ['counters', 'gauges', 'ownGauges', 'histograms'] as const

/** All of these, in order. */
export function announcedNames(...parts: readonly Partial<AnnouncedNames>[]): AnnouncedNames {
  return mapLists((list) => [...new Set(parts.flatMap((part) => part[list] ?? []))].sort())
}

/** Those that are to be seen; the same object when all are. */
export function acceptedNames(names: AnnouncedNames, accepts: (name: string) => boolean): AnnouncedNames {
  const accepted = mapLists((list) => names[list].filter(accepts))
  return LISTS.every((list) => accepted[list].length === names[list].length) ? names : accepted
}

function mapLists(of: (list: (typeof LISTS)[number]) => readonly string[]): AnnouncedNames {
  return { counters: of('counters'), gauges: of('gauges'), ownGauges: of('ownGauges'), histograms: of('histograms') }
}
