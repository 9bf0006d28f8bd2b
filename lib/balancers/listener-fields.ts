import * as v from 'valibot'

/** A TCP port that something listens on. */
export const port = v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(65_535))
