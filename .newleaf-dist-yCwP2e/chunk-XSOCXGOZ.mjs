import {
  Failure
} from "./chunk-PJWNEZVU.mjs";

// lib/platform/retry-on-conflict.ts
var MAX_ATTEMPTS = 100;
async function retryOnConflict(what, work) {
  for (let attempt = 1; attempt <= MAX_ATTEMPTS; attempt++) {
    const result = await work();
    if (result !== void 0) return result;
  }
  throw new Failure("STORE_FAILED", `${what} is changed by others faster than it can be read`);
}

export {
  retryOnConflict
};
