/** Hashes of a host that tables are made from. They outlive the tables, which are made anew with every change of the hosts. */

/** Whom they belong to. */
export interface HashOwner {
  hashes: HostHashes | undefined
}

export interface HostHashes {
  /** What was hashed. */
  readonly key: string
  /** Of what kind; numbers of one kind are never taken for those of another. */
  readonly kind: string
  readonly numbers: Uint32Array
}

/** Beyond it they would take as much as the table itself, and hosts with so many are few. */
const MOST_KEPT = 2048

/** `count` numbers at least, made by `make` if the owner does not have them. */
export function hashesOf(
  owner: HashOwner | undefined,
  key: string,
  kind: string,
  count: number,
  make: () => Uint32Array,
): Uint32Array {
  const known = owner?.hashes
  if (known !== undefined && known.key === key && known.kind === kind && known.numbers.length >= count) {
    return known.numbers
  }
  const numbers = make()
  if (owner !== undefined && count <= MOST_KEPT) owner.hashes = { key, kind, numbers }
  return numbers
}
