/** Upper bounds of the buckets that a histogram of this name is shown with. */
export type BucketBounds = (histogramName: string) => readonly number[]
