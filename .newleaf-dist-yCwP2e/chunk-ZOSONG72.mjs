// lib/dns/quoted.ts
var QUOTED = /^(?:\s*"(?:[^"\\]|\\.)*")+\s*$/;
var unquoted = (data) => QUOTED.test(data) ? (data.match(/"(?:[^"\\]|\\.)*"/g) ?? []).map((part) => part.slice(1, -1).replace(/\\(.)/g, "$1")).join("") : data;
var quoted = (value) => `"${value.replace(/["\\]/g, "\\$&")}"`;

export {
  unquoted,
  quoted
};
