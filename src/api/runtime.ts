/** An immutable view of the layered runtime; a stream keeps the snapshot that it started with. */
export interface RuntimeSnapshot {
  /** The value's text; undefined where no layer has the key. */
  get(key: string): string | undefined
  /** These three: `fallback` also where the value cannot be read as one (docs/operations/runtime.md). */
  integer(key: string, fallback: number): number
  double(key: string, fallback: number): number
  boolean(key: string, fallback: boolean): boolean
  /** Feature `key` given as percentage (0–100, default `fallback`): true when `randomValue % 100` falls below it. */
  featureEnabled(key: string, fallback: number, randomValue: number): boolean
  /** RuntimeFractionalPercent: `fallback` numerator/denominator unless the key says otherwise. */
  fractionEnabled(key: string, fallback: FractionalPercent, randomValue: number): boolean
}

export interface FractionalPercent {
  readonly numerator: number
  /** 100, 10 000 or 1 000 000. */
  readonly denominator: number
}

/** Read `current` per stream; never keep the snapshot beyond it. */
export interface Runtime {
  readonly current: RuntimeSnapshot
}
