import {
  SECOND
} from "./chunk-QSJQ3NHR.mjs";
import {
  Failure
} from "./chunk-PJWNEZVU.mjs";

// lib/platform/deadline.ts
var RESERVE = 30 * SECOND;
var timeLeftUntil = (until, clock) => () => Math.max(0, until.getTime() - clock.now().getTime());
function requireTime(timeLeft, worstCase) {
  if (timeLeft() < worstCase) {
    throw new Failure(
      "OUT_OF_TIME",
      "not enough time is left in this run to start the next effect; the next run carries on"
    );
  }
}
function watchForStop(timeLeft, clock) {
  const until = clock.now().getTime() + timeLeft();
  return () => clock.now().getTime() + timeLeft() < until - SECOND;
}

export {
  RESERVE,
  timeLeftUntil,
  requireTime,
  watchForStop
};
