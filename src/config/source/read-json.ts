/* JSON text → tree. Integers that a double cannot hold stay exact as BigInt. */

export type JsonResult =
  | { readonly ok: true; readonly tree: unknown }
  | { readonly ok: false; readonly message: string }

export function readJson(text: string): JsonResult {
  try {
    return { ok: true, tree: /\d{16}/.test(text) ? JSON.parse(text, exactIntegers) : JSON.parse(text) }
  } catch (error) {
    return { ok: false, message: error instanceof Error ? error.message : String(error) }
  }
}

function exactIntegers(this: unknown, _key: string, value: unknown, context?: { readonly source?: string }): unknown {
  if (typeof value !== 'number' || Number.isSafeInteger(value)) return value
  const source = context?.source
  return source !== undefined && /^-?\d+$/.test(source) ? BigInt(source) : value
}
