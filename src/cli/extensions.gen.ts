/* Written by tools/gen-extensions.ts (npm run generate). */
import type { Extension } from '../api/extension.ts'
import { extension as filtersHttpRouter } from '../extensions/filters/http/router/extension.ts'

export const extensions: readonly Extension[] = [
  filtersHttpRouter,
]
