// lib/platform/safe-parse.ts
import * as v from "valibot";
var safeParse2 = (schema, value) => v.safeParse(schema, value, { abortEarly: true });

export {
  safeParse2 as safeParse
};
