import {
  Failure
} from "./chunk-PJWNEZVU.mjs";

// lib/platform/pages.ts
var MOST_PAGES = 1e3;
var MOST_CHARACTERS = 16 * 1048576;
async function everyPage(what, first, read) {
  const all = [];
  let characters = 0;
  let cursor = first;
  for (let page = 1; page <= MOST_PAGES; page++) {
    const { items, next } = await read(cursor, all);
    characters += JSON.stringify(items).length;
    if (characters > MOST_CHARACTERS) throw new Failure("ANSWER_INVALID", `${what} is too long`);
    for (const item of items) all.push(item);
    if (next === void 0) return all;
    cursor = next;
  }
  throw new Failure("ANSWER_INVALID", `${what} has no end`);
}

export {
  everyPage
};
