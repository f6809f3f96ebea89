import type { HeaderMap } from '../../api/headers.ts'

/** Via is the one list that Envoy joins with a space after the comma. */
export function appendVia(headers: HeaderMap, via: string): void {
  const before = headers.get('via')
  headers.set('via', before === undefined || before === '' ? via : `${before}, ${via}`)
}
