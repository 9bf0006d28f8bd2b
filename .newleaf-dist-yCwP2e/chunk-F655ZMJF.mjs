import {
  isFailure
} from "./chunk-PJWNEZVU.mjs";

// lib/platform/retry.ts
async function retrySoon(work, options) {
  const { clock, random, timeLeft, pace } = options;
  for (let attempt = 1; ; attempt++) {
    try {
      return await work();
    } catch (error) {
      if (!isFailure(error) || error.retry !== "soon") throw error;
      const { tries = 3, pause = 300 } = pace?.(error) ?? options;
      const wait = pause * 2 ** (attempt - 1) * (0.5 + random());
      if (attempt >= tries || timeLeft() <= wait) throw error;
      await clock.sleep(wait);
    }
  }
}

export {
  retrySoon
};
