// lib/platform/without-credentials.ts
var LONGEST_SHOWN = 7;
var MOST_READ = 16384;
function withoutCredentials(text, sent) {
  const forms = sent.flatMap((secret) => secret.reveal().split(" ")).flatMap(formsOf);
  const read = text.slice(0, MOST_READ);
  const hidden = forms.flatMap((form) => partsOf(form, read));
  return without(read, hidden);
}
function formsOf(credential) {
  const decoded = Buffer.from(credential, "base64").toString("utf8");
  const [, password = ""] = new RegExp("^[^:\\p{Cc}]*:(\\P{Cc}+)$", "u").exec(decoded) ?? [];
  return [credential, password].flatMap((each) => {
    const bytes = Buffer.from(each);
    const encoded = [
      encodeURIComponent(each),
      bytes.toString("base64"),
      bytes.toString("base64url"),
      bytes.toString("hex")
    ];
    return [each, ...encoded].filter((form) => form.length > LONGEST_SHOWN).map(inLowerCase);
  });
}
function partsOf(form, text) {
  const lower = inLowerCase(text);
  const ranges = [];
  for (let from = 0; from + LONGEST_SHOWN < lower.length; ) {
    let to = from + LONGEST_SHOWN + 1;
    if (form.includes(lower.slice(from, to))) {
      while (to < lower.length && form.includes(lower.slice(from, to + 1))) to++;
      ranges.push([from, to]);
      from = to;
    } else from++;
  }
  return ranges;
}
var inLowerCase = (text) => text.replace(/[A-Z]+/g, (letters) => letters.toLowerCase());
function without(text, hidden) {
  const ordered = [...hidden].sort(([one], [other]) => one - other);
  let [shown, at] = ["", 0];
  for (const [from, to] of ordered) {
    if (to <= at) continue;
    if (from > at) shown += text.slice(at, from);
    shown += "\u2026";
    at = to;
  }
  return shown + text.slice(at);
}

export {
  withoutCredentials
};
