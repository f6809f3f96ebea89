/** A `filter` parameter: RE2 syntax, matching anywhere in the text. Throws what is to be said about a bad pattern. */
import { toWireText } from '../base/wire-text.ts'
import { compileRegex } from '../config/matchers/regex.ts'

export function compileSearch(pattern: string): (text: string) => boolean {
  // Compiled alone first, so that the complaint names what was written.
  const alone = compileRegex(pattern)
  if (!alone.ok) throw new Error(alone.message)
  if (pattern === '') return () => true
  const anywhere = compileRegex(`(?s:.*)(?:${pattern})(?s:.*)`)
  if (!anywhere.ok) throw new Error(anywhere.message)
  return (text) => anywhere.regex.matchesWhole(toWireText(text))
}
