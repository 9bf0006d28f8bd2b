import {
  Failure
} from "./chunk-PJWNEZVU.mjs";

// lib/secrets/names.ts
var NAME = /^[A-Za-z0-9][A-Za-z0-9/_.-]*$/;
function checkedName(name) {
  if (NAME.test(name) && name.split("/").every((part) => part !== "" && part !== "..")) return name;
  throw new Failure(
    "CONFIG_INVALID",
    `"${name.slice(0, 100)}" is no name for a secret: expected letters, digits and / _ . -`
  );
}

export {
  checkedName
};
