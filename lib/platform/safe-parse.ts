import * as v from 'valibot'

/** Ends at the first thing that is wrong: an answer with a million of them must not cost the memory of a million issues. */
export const safeParse = <Schema extends v.GenericSchema>(schema: Schema, value: unknown): v.SafeParseResult<Schema> =>
  v.safeParse(schema, value, { abortEarly: true })
