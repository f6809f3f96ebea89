import type { RuntimeLayer } from './runtime-layer.ts'

/** The JSON of /runtime, indented by one as Envoy does. Keys are sorted; Envoy's come in no order. */
export function renderRuntime(layers: readonly RuntimeLayer[]): string {
  const keys = [...new Set(layers.flatMap(({ entries }) => [...entries.keys()]))].sort()
  const entries = Object.fromEntries(
    keys.map((key) => {
      const values = layers.map((layer) => layer.entries.get(key)?.text ?? '')
      return [key, { layer_values: values, final_value: values.findLast((value) => value !== '') ?? '' }]
    }),
  )
  const body = { entries, layers: layers.map(({ name }) => name) }
  return `${JSON.stringify(body, undefined, 1).replace(/</g, '\\u003c').replace(/>/g, '\\u003e')}\n`
}
