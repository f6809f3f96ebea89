/** From a hash to a host. */
export interface HashTable {
  /**
   * The place of the host in the list that the table was made from; the list is not empty. `high` and `low`: the halves of a
   * 64-bit hash, unsigned. `attempt`: how often the choice was refused already.
   */
  find(high: number, low: number, attempt: number): number
}
