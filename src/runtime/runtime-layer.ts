import type { LayerEntries } from './flatten-layer.ts'

/** A layer with its present entries. */
export interface RuntimeLayer {
  readonly name: string
  readonly entries: LayerEntries
}
