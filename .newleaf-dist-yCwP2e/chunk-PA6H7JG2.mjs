import {
  timeLeftUntil
} from "./chunk-OL4MPUJQ.mjs";
import {
  SECOND,
  after
} from "./chunk-QSJQ3NHR.mjs";

// lib/notify/timeout.ts
var TIMEOUT = 10 * SECOND;
var quickly = (context) => {
  const left = timeLeftUntil(after(context.clock.now(), TIMEOUT), context.clock);
  return { ...context, timeLeft: () => Math.min(left(), context.timeLeft()) };
};

export {
  TIMEOUT,
  quickly
};
