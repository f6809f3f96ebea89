/** Why a text is no YAML. */
export interface YamlProblem {
  readonly message: string
  /** A tab where only spaces may stand. */
  readonly isTab: boolean
  /** In the text, in UTF-16 code units. */
  readonly offset: number
}
