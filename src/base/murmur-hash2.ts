/** MurmurHash2 in its 64-bit form, with the seed that the GNU C++ library takes: what `std::hash` of a text is there. */
const SEED = 0xc70f6907n

/** Of wire text (one code unit a byte), as an unsigned 64-bit integer. */
export function murmurHash2(text: string): bigint {
  return BigInt.asUintN(64, Bun.hash.murmur64v2(Buffer.from(text, 'latin1'), SEED))
}
