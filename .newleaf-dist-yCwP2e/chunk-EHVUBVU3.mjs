import {
  requireTime
} from "./chunk-OL4MPUJQ.mjs";
import {
  MINUTE,
  SECOND
} from "./chunk-QSJQ3NHR.mjs";
import {
  Failure
} from "./chunk-PJWNEZVU.mjs";

// lib/dns/settled.ts
var FIRST_PAUSE = SECOND;
var GROWTH = 1.5;
var LONGEST_PAUSE = 5 * SECOND;
var LONGEST = MINUTE;
async function settled(first, { vendor, isPending, read }, { clock, timeLeft }) {
  let state = first;
  let waited = 0;
  for (let pause = FIRST_PAUSE; isPending(state); pause = Math.min(pause * GROWTH, LONGEST_PAUSE)) {
    waited += pause;
    if (waited > LONGEST) throw new Failure("UNAVAILABLE", `${vendor} has not carried out a change within a minute`);
    requireTime(timeLeft, pause);
    await clock.sleep(pause);
    state = await read();
  }
  return state;
}

export {
  settled
};
