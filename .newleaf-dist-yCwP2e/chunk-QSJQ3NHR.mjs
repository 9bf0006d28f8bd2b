// lib/platform/clock.ts
import { setTimeout as wait } from "node:timers/promises";
var systemClock = {
  now: () => /* @__PURE__ */ new Date(),
  sleep: async (milliseconds) => {
    await wait(milliseconds);
  }
};
var SECOND = 1e3;
var MINUTE = 60 * SECOND;
var HOUR = 60 * MINUTE;
var DAY = 24 * HOUR;
var after = (from, milliseconds) => new Date(from.getTime() + milliseconds);

export {
  systemClock,
  SECOND,
  MINUTE,
  HOUR,
  DAY,
  after
};
