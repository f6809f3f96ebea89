/**
 * The same string in one piece. What was put together stays a tree of its parts for the runtime, which walks it again
 * for every larger string that it becomes part of: constants are flattened once.
 */
export function flatString(text: string): string {
  return Buffer.from(text, 'latin1').latin1Slice()
}
