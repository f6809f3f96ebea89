/**
 * Whether streams that wait or are under way, times the ratio, are more than there is room for (Envoy's
 * ConnPoolImplBase::shouldConnect). `free`: streams that could begin on connections that stand or are on their way.
 */
export function needsConnection(waiting: number, active: number, free: number, ratio: number): boolean {
  return (waiting + active) * ratio > free + active
}
