// lib/platform/shared-reads.ts
import { AsyncLocalStorage } from "node:async_hooks";
var sharing = new AsyncLocalStorage();
function createSharedReads(clock, freshFor) {
  let reads = /* @__PURE__ */ new Map();
  const share = (key, read) => {
    const now = clock.now().getTime();
    const known = reads.get(key);
    if (known !== void 0 && Math.abs(now - known.at) < freshFor) return known.answer;
    const mine = reads;
    const answer = read();
    mine.set(key, { at: now, answer });
    answer.catch(() => mine.get(key)?.answer === answer && mine.delete(key));
    return answer;
  };
  return {
    during: (work) => sharing.run(share, work),
    forget: () => {
      reads = /* @__PURE__ */ new Map();
    }
  };
}
var readOnce = (key, read) => sharing.getStore()?.(key, read) ?? read();

export {
  createSharedReads,
  readOnce
};
