/** Inputs of matchers over the tags of a stat (envoy.extensions.matching.common_inputs.stats). */
import type { DataInputTable } from './data-input.ts'
import { plainInput } from './data-input.ts'

export const STAT_TAG_INPUTS: DataInputTable = {
  'envoy.extensions.matching.common_inputs.stats.v3.StatTagValueInput': plainInput(({ tagValue }) => tagValue),
}
