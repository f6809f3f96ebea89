export type { SharedState, SharedStates } from '../base/shared-states.ts'
