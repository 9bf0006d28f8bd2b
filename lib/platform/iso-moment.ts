import * as v from 'valibot'

/** A moment in ISO 8601, as vendors write it; in UTC where it names no zone. */
export const isoMoment = v.pipe(
  v.string(),
  v.transform((text) => new Date(/(?:Z|[+-]\d\d:?\d\d)$/i.test(text) ? text : `${text}Z`)),
  v.date(),
)
