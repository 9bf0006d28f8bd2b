import {
  fingerprintText
} from "./chunk-5U525ACZ.mjs";

// lib/notify/words.ts
var MOST_NAMES = 5;
function titleOf({ event, environment, certificate, codes }) {
  if (event === "test") return `newleaf ${environment}: a test`;
  const what = event === "resolved" ? ": problems resolved" : ` needs attention (${codes.join(", ")})`;
  return `newleaf ${environment}: ${certificate}${what}`;
}
function textOf(notice) {
  const { event, codes, message, names, step, since, expires, next, advice } = notice;
  const rows = [
    ["resolved", event === "resolved" ? codes.join(", ") : void 0],
    ["names", shownNames(names)],
    ["step", step],
    ["since", stamp(since)],
    ["certificate", identifierOf(notice)],
    ["valid until", stamp(expires)],
    ["next look", stamp(next)],
    ["to do", advice]
  ];
  const lines = rows.flatMap(([label, value]) => value === void 0 || value === "" ? [] : [`${label}: ${value}`]);
  return [message, "", ...lines].join("\n");
}
var identifierOf = ({ fingerprint, serial }) => fingerprint && `${fingerprintText({ fingerprint })}${serial === void 0 ? "" : ` (serial ${serial})`}`;
var shownNames = (names) => {
  const left = names.length - MOST_NAMES;
  return names.slice(0, MOST_NAMES).join(", ") + (left > 0 ? ` and ${left} more` : "");
};
var stamp = (moment) => moment && `${moment.toISOString().slice(0, 16).replace("T", " ")} UTC`;

export {
  titleOf,
  textOf
};
