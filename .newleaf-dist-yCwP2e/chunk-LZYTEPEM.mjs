// lib/balancers/listener-fields.ts
import * as v from "valibot";
var port = v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(65535));

export {
  port
};
