// lib/platform/semaphore.ts
import { AsyncLocalStorage } from "node:async_hooks";
var ownPermit = new AsyncLocalStorage();
function createSemaphore(count) {
  let free = count;
  const resuming = [];
  const beginning = [];
  async function take(queue) {
    if (free > 0) free -= 1;
    else await new Promise((turn) => queue.push(turn));
  }
  function give() {
    const next = resuming.shift() ?? beginning.shift();
    if (next === void 0) free += 1;
    else next();
  }
  function permitOf() {
    let isHeld = true;
    let entering;
    return {
      giveBack() {
        if (!isHeld) return;
        isHeld = false;
        give();
      },
      async takeAgain() {
        if (isHeld) return;
        entering ??= take(resuming).then(() => {
          isHeld = true;
          entering = void 0;
        });
        await entering;
      }
    };
  }
  return {
    async run(work) {
      await take(beginning);
      const permit = permitOf();
      try {
        return await ownPermit.run(permit, work);
      } finally {
        permit.giveBack();
      }
    }
  };
}
async function whileWaiting(wait) {
  const permit = ownPermit.getStore();
  if (permit === void 0) return wait();
  permit.giveBack();
  try {
    return await wait();
  } finally {
    await permit.takeAgain();
  }
}
var givingWay = (clock) => ({
  now: () => clock.now(),
  sleep: (milliseconds) => whileWaiting(() => clock.sleep(milliseconds))
});

// lib/platform/turns.ts
function inTurns(atOnce, waits = (turn) => turn()) {
  const waiting = [];
  let free = atOnce;
  return async (work) => {
    if (free > 0) free -= 1;
    else await waits(() => new Promise((turn) => waiting.push(turn)));
    try {
      return await work();
    } finally {
      const next = waiting.shift();
      if (next === void 0) free += 1;
      else next();
    }
  };
}
function oneByOne() {
  const turns = /* @__PURE__ */ new Map();
  return (key, work) => {
    const turn = turns.get(key) ?? inTurns(1, whileWaiting);
    turns.set(key, turn);
    return turn(work);
  };
}
function gathered(inTurn, work) {
  const waiting = /* @__PURE__ */ new Map();
  return async (key, item) => {
    const booked = waiting.get(key);
    if (booked !== void 0) {
      const position = booked.items.push(item) - 1;
      return throwAt(await whileWaiting(() => booked.done), position);
    }
    const items = [item];
    const { promise, resolve, reject } = Promise.withResolvers();
    waiting.set(key, { items, done: promise });
    await inTurn(key, () => {
      waiting.delete(key);
      return work(items);
    }).then(resolve, reject);
    return throwAt(await promise, 0);
  };
}
function throwAt(errors, position) {
  const error = errors[position];
  if (error !== void 0) throw error;
}

export {
  createSemaphore,
  givingWay,
  inTurns,
  oneByOne,
  gathered
};
