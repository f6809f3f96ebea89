/** Where a filter stands in the iteration; ordered, so that `>= STOPPED_ALL` means that no call reaches the filter. */
export const ITERATING = 0
/** Returned stop-iteration: later filters wait, this one still gets body and trailers. */
export const STOPPED = 1
/** Returned stop-all-and-buffer. */
export const STOPPED_ALL_BUFFER = 2
/** Returned stop-all-and-watermark. */
export const STOPPED_ALL_WATERMARK = 3

export type IterationState = 0 | 1 | 2 | 3

/** Which kind of filter callback is on the stack; bits. */
export const IN_HEADERS = 1
export const IN_DATA = 2
export const IN_TRAILERS = 4
export const IN_1XX = 8
