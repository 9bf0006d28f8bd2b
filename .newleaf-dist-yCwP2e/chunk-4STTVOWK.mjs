import {
  NoAnswer,
  canonical
} from "./chunk-UDRTLPII.mjs";

// lib/dns/message.ts
import { AUTHORITATIVE_ANSWER, decode, encode, RECURSION_DESIRED, TRUNCATED_RESPONSE } from "dns-packet";
var queryFor = ({ name, type }, id) => encode({ type: "query", id, flags: RECURSION_DESIRED, questions: [{ name, type }] });
function readAnswer(bytes, id, { name, type }) {
  if (bytes.length < 12 || bytes.readUInt16BE(0) !== id || (bytes.readUInt16BE(2) & RESPONSE) === 0) return void 0;
  const { questions = [], flags = 0, rcode, answers = [], authorities = [] } = decoded(bytes);
  const [asked] = questions;
  if (asked !== void 0 && (canonical(asked.name) !== canonical(name) || asked.type !== type)) return void 0;
  return {
    rcode,
    isAuthoritative: (flags & AUTHORITATIVE_ANSWER) !== 0,
    isTruncated: (flags & TRUNCATED_RESPONSE) !== 0,
    answers: answers.flatMap(rowOf),
    authorities: authorities.flatMap(rowOf)
  };
}
var RESPONSE = 32768;
function decoded(bytes) {
  try {
    return decode(bytes);
  } catch {
    throw new NoAnswer("EBADRESP");
  }
}
function rowOf({ name, type, data }) {
  const value = textOf(type, data);
  return value === void 0 ? [] : [{ name: canonical(name), type, value }];
}
function textOf(type, data) {
  if (type === "TXT") return Buffer.concat(data).toString("utf8");
  if (type === "SOA") return canonical(data.mname);
  if (type === "CAA") return caaText(data);
  return typeof data === "string" ? data : void 0;
}
var caaText = ({ flags, tag, value }) => `${flags} ${tag} "${value}"`;

export {
  queryFor,
  readAnswer
};
