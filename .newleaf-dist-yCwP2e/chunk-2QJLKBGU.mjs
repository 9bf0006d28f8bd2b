// lib/policy/caa.ts
var KNOWN_TAGS = ["issue", "issuewild", "issuemail", "issuevmc", "iodef", "contactemail", "contactphone"];
var CRITICAL = 128;
var DEFAULT = "dns-01";
var NEAREST_FIRST = ["method", "account", "malformed", "authority"];
function prohibitionIn(records, request) {
  const properties = records.flatMap(propertyOf);
  const tagged = (wanted) => properties.filter(({ tag }) => tag === wanted);
  const wild = request.isWildcard ? tagged("issuewild") : [];
  const deciding = wild.length > 0 ? wild : tagged("issue");
  const allowing = (beside) => recordFor(wild.length > 0 ? "issuewild" : "issue", request, beside);
  const unknown = properties.filter(({ isCritical, tag }) => isCritical && !KNOWN_TAGS.includes(tag));
  if (unknown.length > 0) return { why: "critical", records: unknown.map(({ text }) => text), allowing: allowing() };
  const verdicts = deciding.map((property) => ({ property, why: whyNot(property, request) }));
  const why = NEAREST_FIRST.find((each) => verdicts.some((verdict) => verdict.why === each));
  if (why === void 0 || verdicts.some((verdict) => verdict.why === void 0)) return void 0;
  const nearest = verdicts.flatMap((verdict) => verdict.why === why ? [verdict.property] : []);
  return { why, records: nearest.map(({ text }) => text), allowing: allowing(nearest[0]) };
}
var recordNaming = (records, accountUrl) => records.find((record) => accountsIn(record).includes(accountUrl));
var namesAccount = (records) => records.some((record) => accountsIn(record).length > 0);
var accountsIn = (record) => propertyOf(record).flatMap(
  ({ tag, value }) => tag === "issue" || tag === "issuewild" ? parameter(issueValueOf(value), "accounturi") : []
);
function propertyOf(text) {
  const { flags, tag, value } = /^(?<flags>\d+) (?<tag>.*?) "(?<value>.*)"$/s.exec(text)?.groups ?? {};
  if (flags === void 0 || tag === void 0 || value === void 0) return [];
  return [{ text, isCritical: (Number(flags) & CRITICAL) !== 0, tag: tag.toLowerCase(), value }];
}
var DOMAIN = /^[a-z0-9]+(?:-+[a-z0-9]+)*(?:\.[a-z0-9]+(?:-+[a-z0-9]+)*)*$/;
var PARAMETER = /^(?<tag>[A-Za-z0-9]+(?:-+[A-Za-z0-9]+)*)[ \t]*=[ \t]*(?<value>[!-:<-~]*)$/;
function issueValueOf(text) {
  const [named = "", ...written] = text.split(";").map((part) => part.trim());
  const domain = named.toLowerCase();
  if (domain !== "" && !DOMAIN.test(domain)) return void 0;
  if (written.length === 1 && written[0] === "") return { domain, parameters: [] };
  const parameters = [];
  for (const each of written) {
    const { tag, value } = PARAMETER.exec(each)?.groups ?? {};
    if (tag === void 0 || value === void 0) return void 0;
    parameters.push([tag, value]);
  }
  return { domain, parameters };
}
var parameter = (parsed, wanted) => (parsed?.parameters ?? []).flatMap(([tag, value]) => tag === wanted ? [value] : []);
function whyNot({ value }, { identities, accountUrl, method }) {
  const parsed = issueValueOf(value);
  if (parsed === void 0) {
    const [named = ""] = value.split(";");
    return identities.includes(named.trim().toLowerCase()) ? "malformed" : "authority";
  }
  if (!identities.includes(parsed.domain)) return "authority";
  const accounts = parameter(parsed, "accounturi");
  if (accounts.length > 1 || accounts.some((account) => account !== accountUrl)) return "account";
  const methods = parameter(parsed, "validationmethods");
  return methods.length > 1 || methods.some((listed) => !allowsMethod(listed, method)) ? "method" : void 0;
}
var allowsMethod = (listed, method = DEFAULT) => /^[A-Za-z0-9-]+(?:,[A-Za-z0-9-]+)*$/.test(listed) && listed.split(",").includes(method);
function recordFor(tag, { identities, accountUrl, method = DEFAULT }, beside) {
  const parsed = beside && issueValueOf(beside.value);
  const isBound = accountUrl !== void 0 && parameter(parsed, "accounturi").length > 0;
  const isLimited = parameter(parsed, "validationmethods").length > 0;
  const value = [
    identities[0],
    ...isBound ? [`accounturi=${accountUrl}`] : [],
    ...isLimited ? [`validationmethods=${method}`] : []
  ].join("; ");
  return `0 ${tag} "${value}"`;
}

export {
  prohibitionIn,
  recordNaming,
  namesAccount,
  issueValueOf
};
