import type { HistogramRecorder } from './recorder.ts'

/**
 * What one thread recorded since its previous delta: plain data, for each histogram its id, the number of bins, then
 * bin and count alternating.
 */
export type HistogramDelta = Float64Array

export function encodeDelta(recorders: readonly HistogramRecorder[]): HistogramDelta {
  const out: number[] = []
  for (const recorder of recorders) {
    out.push(recorder.id, 0)
    const start = out.length
    recorder.drain((bin, count) => out.push(bin, count))
    out[start - 1] = (out.length - start) / 2
  }
  return Float64Array.from(out)
}

export function decodeDelta(delta: HistogramDelta, visit: (id: number, bin: number, count: number) => void): void {
  let at = 0
  while (at < delta.length) {
    const id = delta[at]!
    const end = at + 2 + delta[at + 1]! * 2
    for (at += 2; at < end; at += 2) visit(id, delta[at]!, delta[at + 1]!)
  }
}
