import {
  lazy
} from "./chunk-RHEELVZU.mjs";

// lib/platform/lazy-by-key.ts
function lazyByKey() {
  const opened = /* @__PURE__ */ new Map();
  return (key, open) => {
    const known = opened.get(key) ?? lazy(open);
    opened.set(key, known);
    return known();
  };
}

export {
  lazyByKey
};
