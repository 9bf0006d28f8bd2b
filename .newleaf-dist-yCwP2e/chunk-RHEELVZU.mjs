// lib/platform/lazy.ts
function lazy(open) {
  let opened;
  return () => {
    opened ??= open().catch((error) => {
      opened = void 0;
      throw error;
    });
    return opened;
  };
}
function lazyEach(open) {
  const known = /* @__PURE__ */ new Map();
  return (key) => {
    const one = known.get(key) ?? lazy(() => open(key));
    known.set(key, one);
    return one();
  };
}

export {
  lazy,
  lazyEach
};
