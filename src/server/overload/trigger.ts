/** From the pressure of a resource to the state of an action (envoy.config.overload.v3.Trigger). */
import type { Reader } from '../../api/config.ts'

export type Trigger =
  /** Saturated from `value` on. */
  | { readonly kind: 'threshold'; readonly resource: string; readonly value: number }
  /** Rises from `scaling` on and is saturated from `saturation` on. */
  | { readonly kind: 'scaled'; readonly resource: string; readonly scaling: number; readonly saturation: number }

export function readTrigger(reader: Reader): Trigger {
  const resource = reader.string('name')
  const scaled = reader.message('scaled', (range): Trigger => {
    const scaling = range.number('scaling_threshold', 0)
    const saturation = range.number('saturation_threshold', 0)
    if (scaling >= saturation) {
      range.error('scaling_threshold', 'NU279', 'scaling_threshold must be less than saturation_threshold')
    }
    return { kind: 'scaled', resource, scaling, saturation }
  })
  const value = reader.message('threshold', (threshold) => threshold.number('value', 0)) ?? 1
  return scaled ?? { kind: 'threshold', resource, value }
}

/** 0 … 1, with the precision of Envoy, which shows in percentages. */
export function triggeredState(trigger: Trigger, pressure: number): number {
  if (trigger.kind === 'threshold') return pressure >= trigger.value ? 1 : 0
  const { scaling, saturation } = trigger
  if (pressure <= scaling) return 0
  return pressure >= saturation ? 1 : Math.fround((pressure - scaling) / (saturation - scaling))
}
