import {
  Failure,
  safeText
} from "./chunk-PJWNEZVU.mjs";

// lib/x509/certificate.ts
import { createHash, X509Certificate } from "node:crypto";

// lib/x509/ip-address.ts
import { isIP } from "node:net";
function ipAddress(text) {
  const version = isIP(text);
  if (version !== 6) return version === 4 ? text : void 0;
  if (text.includes("%")) return void 0;
  return new URL(`http://[${text}]`).hostname.slice(1, -1);
}
function ipOctets(address) {
  if (isIP(address) === 4) return Buffer.from(address.split(".").map(Number));
  const [head = "", tail] = address.split("::");
  const groups = (part) => part === void 0 || part === "" ? [] : part.split(":");
  const [left, right] = [groups(head), groups(tail)];
  const all = [...left, ...Array(8 - left.length - right.length).fill("0"), ...right];
  return Buffer.from(all.map((group) => group.padStart(4, "0")).join(""), "hex");
}

// lib/x509/pem.ts
var BOUNDARY = /-----(?<edge>BEGIN|END) (?<label>[A-Z0-9][A-Z0-9. ]*)-----/g;
var BASE64 = /^[A-Za-z0-9+/]*={0,2}$/;
var HEADERS = /^(?:[A-Za-z-]+: .*\n)+\n/;
var ENCRYPTED = /\bProc-Type: *4, *ENCRYPTED\b/i;
var LINE_END = /\r\n?|\\r\\n|\\[nr]/g;
function readPem(written) {
  const text = written.replaceAll("\0", "").replace(LINE_END, "\n");
  const blocks = [];
  let open;
  for (const { 0: boundary, index, groups } of text.matchAll(BOUNDARY)) {
    const { edge, label = "" } = groups ?? {};
    const at = () => `line ${text.slice(0, index).split("\n").length}`;
    if (edge === "BEGIN") {
      if (open !== void 0) throw unreadable(`${at()} begins a block before the one above it has ended`);
      open = { label, from: index + boundary.length };
    } else {
      if (open?.label !== label) throw unreadable(`${at()} ends a block that was not begun`);
      blocks.push(block(label, text.slice(open.from, index), at));
      open = void 0;
    }
  }
  if (open !== void 0) throw unreadable("its last block has no end");
  return blocks;
}
function block(label, content, at) {
  if (ENCRYPTED.test(content)) return { label, text: "", encrypted: true };
  const lines = content.split("\n").map((line) => line.trim());
  const body = lines.join("\n").trim().replace(HEADERS, "").replace(/\s/g, "");
  if (!BASE64.test(body)) throw unreadable(`the block that ends in ${at()} holds something else than base64`);
  return { label, text: pemOf(label, body), encrypted: false };
}
var pemOf = (label, base64) => [`-----BEGIN ${label}-----`, ...base64.match(/.{1,64}/g) ?? [], `-----END ${label}-----`, ""].join("\n");
var unreadable = (what) => new Failure("CHAIN_INVALID", `the PEM text cannot be read: ${what}`);

// lib/x509/certificate.ts
var MAX_CHAIN_BYTES = 65536;
var MAX_CERTIFICATES = 10;
var MAX_READ = 250;
var LABELS = ["CERTIFICATE", "X509 CERTIFICATE", "X.509 CERTIFICATE"];
function certificatesOf(blocks) {
  const bodies = blocks.flatMap(({ label, text }) => LABELS.includes(label) ? [bodyOf(text)] : []);
  const different = [...new Set(bodies)];
  if (different.length > MAX_READ) throw invalid(`more than ${MAX_READ} certificates`);
  return different.map((body) => parseCertificate(Buffer.from(body, "base64")));
}
var bodyOf = (pem) => pem.split("\n").slice(1, -2).join("");
function parseChain(chainPem) {
  const [leaf, ...issuers] = readCertificates(chainPem);
  if (leaf === void 0) throw invalid("no certificate");
  if (issuers.length >= MAX_CERTIFICATES) throw invalid(`more than ${MAX_CERTIFICATES} certificates`);
  return [leaf, ...issuers];
}
function readCertificates(pem) {
  if (Buffer.byteLength(pem) > MAX_CHAIN_BYTES) throw invalid(`larger than ${MAX_CHAIN_BYTES} bytes`);
  return certificatesOf(readPem(pem));
}
function parseCertificate(der) {
  try {
    const certificate = new X509Certificate(der);
    const { raw, publicKey } = certificate;
    if (raw.equals(der) && publicKey.type === "public") return certificate;
  } catch (cause) {
    throw invalid("a certificate that cannot be read", cause);
  }
  throw invalid("a certificate with other bytes after its end");
}
var invalid = (what, cause) => new Failure("CHAIN_INVALID", `a certificate chain was refused: ${what}`, { cause });
function publicCertificate(chainPem) {
  const [leaf, ...issuers] = parseChain(chainPem);
  return { ...certificateFacts(leaf), chainPem: [leaf, ...issuers].map(String).join("") };
}
var certificateFacts = (leaf) => ({
  names: subjectAltNames(leaf).flatMap(
    ({ type, value }) => type === "DNS" ? [value.toLowerCase()] : type === "IP Address" ? ipAddress(value) ?? [] : []
  ),
  serial: leaf.serialNumber,
  fingerprint: createHash("sha256").update(leaf.raw).digest("hex"),
  keyAlgorithm: keyAlgorithm(leaf.publicKey),
  notBefore: leaf.validFromDate,
  notAfter: leaf.validToDate,
  issuer: safeText((leaf.issuer ?? "").split("\n").join(", "))
});
var QUOTED = /"(?:[^"\\]|\\.)*"/g;
function subjectAltNames({ subjectAltName = "" }) {
  if (subjectAltName === "") return [];
  return subjectAltName.replace(QUOTED, "?").split(", ").map((entry) => {
    const colon = entry.indexOf(":");
    return { type: entry.slice(0, colon), value: entry.slice(colon + 1) };
  });
}
var CURVES = {
  prime256v1: "ecdsa-p256",
  secp384r1: "ecdsa-p384"
};
var MODULI = {
  2048: "rsa-2048",
  3072: "rsa-3072",
  4096: "rsa-4096"
};
function keyAlgorithm({ asymmetricKeyType, asymmetricKeyDetails }) {
  const { namedCurve = "", modulusLength = 0 } = asymmetricKeyDetails ?? {};
  if (asymmetricKeyType === "ec") return CURVES[namedCurve] ?? "other";
  if (asymmetricKeyType === "rsa") return MODULI[modulusLength] ?? "other";
  return "other";
}
var covers = (names, name) => names.includes(name) || names.includes(name.replace(/^[^.]+/, "*"));
var sameNames = (a, b) => {
  const [left, right] = [new Set(a), new Set(b)];
  return left.size === right.size && [...left].every((name) => right.has(name));
};

export {
  ipAddress,
  ipOctets,
  readPem,
  pemOf,
  MAX_CHAIN_BYTES,
  certificatesOf,
  parseChain,
  readCertificates,
  publicCertificate,
  certificateFacts,
  subjectAltNames,
  keyAlgorithm,
  covers,
  sameNames
};
