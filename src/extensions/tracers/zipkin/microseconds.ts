export function microseconds(ms: number): number {
  return Math.round(ms * 1000)
}
