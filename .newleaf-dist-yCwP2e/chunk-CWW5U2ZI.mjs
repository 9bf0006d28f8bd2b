import {
  isFailure
} from "./chunk-PJWNEZVU.mjs";

// lib/balancers/send-once.ts
async function sendOnce(change) {
  try {
    await change;
    return void 0;
  } catch (error) {
    if (isFailure(error, "UNREACHABLE", "UNAVAILABLE", "ANSWER_INVALID")) return error;
    throw error;
  }
}

export {
  sendOnce
};
