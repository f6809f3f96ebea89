/** One finding explained. */
export interface CatalogueEntry {
  readonly id: string
  readonly title: string
  /** What is wrong, why it matters, what to do. */
  readonly text: string
  readonly wrong?: string
  readonly right?: string
}
