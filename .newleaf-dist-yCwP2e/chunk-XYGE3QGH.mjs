// lib/platform/suggestion.ts
var LONGEST = 64;
var MOST_LISTED = 12;
var MOST_COMPARED = 200;
function distance(from, to, most) {
  let before = [];
  let last = Array.from({ length: to.length + 1 }, (_, column) => column);
  for (let row = 1; row <= from.length; row++) {
    const now = [row];
    for (let column = 1; column <= to.length; column++) {
      const same = from[row - 1] === to[column - 1] ? 0 : 1;
      let best = Math.min((last[column] ?? 0) + 1, (now[column - 1] ?? 0) + 1, (last[column - 1] ?? 0) + same);
      const swapped = row > 1 && column > 1 && from[row - 1] === to[column - 2] && from[row - 2] === to[column - 1];
      if (swapped) best = Math.min(best, (before[column - 2] ?? 0) + 1);
      now.push(best);
    }
    before = last;
    last = now;
    if (Math.min(...now) > most) return most + 1;
  }
  return last[to.length] ?? 0;
}
function nearest(text, valid) {
  if (text.length > LONGEST || valid.length > MOST_COMPARED) return void 0;
  let best;
  for (const spelling of valid) {
    const most = Math.max(1, Math.floor(spelling.length / 3));
    if (Math.abs(spelling.length - text.length) > most) continue;
    const score = distance(text.toLowerCase(), spelling.toLowerCase(), most);
    if (score <= most && score < (best?.score ?? Infinity)) best = { spelling, score };
  }
  return best?.spelling;
}
function suggestion(text, valid) {
  const near = nearest(text, valid);
  if (near !== void 0) return `; did you mean "${near}"?`;
  return valid.length > 0 && valid.length <= MOST_LISTED ? `; known: ${valid.join(", ")}` : "";
}
var LONGEST_LISTED = 60;
function thereAre(wanted, all) {
  if (all.length === 0) return "; there is none";
  const near = nearest(wanted, all);
  const first = all.slice(0, MOST_LISTED);
  const few = near === void 0 || first.includes(near) ? first : [near, ...first.slice(1)];
  const shown = few.map((each) => each.length > LONGEST_LISTED ? `${each.slice(0, LONGEST_LISTED)}\u2026` : each).join(", ");
  const more = all.length > few.length ? ` and ${all.length - few.length} more` : "";
  return `; there are: ${shown}${more}${near === void 0 ? "" : `; did you mean ${near}?`}`;
}

export {
  nearest,
  suggestion,
  thereAre
};
