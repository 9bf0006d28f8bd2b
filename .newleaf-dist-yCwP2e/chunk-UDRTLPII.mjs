// lib/dns/no-answer.ts
var NoAnswer = class extends Error {
  name = "NoAnswer";
  code;
  constructor(code) {
    super(code);
    this.code = code;
  }
};
function noAnswer(error) {
  const { code } = error;
  return error instanceof NoAnswer || typeof code !== "string" ? error : new NoAnswer(code);
}
var WORDS = {
  ESERVFAIL: "SERVFAIL",
  EREFUSED: "REFUSED",
  ENOTIMP: "NOTIMP",
  EFORMERR: "FORMERR",
  ETIMEOUT: "no answer in time",
  ECONNREFUSED: "it cannot be reached",
  EBADRESP: "an answer that cannot be read",
  ELAME: "it does not hold the zone"
};
var reasonText = (code) => WORDS[code] ?? code;

// lib/dns/names.ts
var canonical = (name) => name.toLowerCase().replace(/\.$/, "");
var isWithin = (name, zone) => name === zone || name.endsWith(`.${zone}`);
var parentOf = (name) => name.slice(`${name}.`.indexOf(".") + 1);

export {
  canonical,
  isWithin,
  parentOf,
  NoAnswer,
  noAnswer,
  reasonText
};
