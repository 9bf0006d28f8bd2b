import {
  generateKey
} from "./chunk-ZO3IAWW2.mjs";
import {
  publicCertificate
} from "./chunk-RMULS5H3.mjs";
import "./chunk-GNHTNKVN.mjs";
import {
  DAY,
  after
} from "./chunk-QSJQ3NHR.mjs";
import "./chunk-PJWNEZVU.mjs";

// lib/x509/placeholder.ts
import { randomBytes } from "node:crypto";
import { isIP } from "node:net";
import forge from "node-forge";
var SINCE = -DAY;
var UNTIL = 365 * DAY;
var LONGEST_COMMON_NAME = 64;
async function createPlaceholder(names, now) {
  const { pki, md } = forge;
  const privateKeyPem = await generateKey("rsa-2048");
  const key = pki.privateKeyFromPem(privateKeyPem.reveal());
  const certificate = pki.createCertificate();
  certificate.publicKey = pki.setRsaPublicKey(key.n, key.e);
  certificate.serialNumber = serialNumber();
  certificate.validity.notBefore = after(now, SINCE);
  certificate.validity.notAfter = after(now, UNTIL);
  const commonName = names.find((name2) => name2.length <= LONGEST_COMMON_NAME) ?? "placeholder";
  const name = [
    { name: "organizationName", value: "newleaf placeholder" },
    { name: "commonName", value: commonName }
  ];
  certificate.setSubject(name);
  certificate.setIssuer(name);
  certificate.setExtensions([
    { name: "basicConstraints", cA: false, critical: true },
    // No more than this: ACM lets what comes in its place lack none of them (user guide, "Reimport a certificate").
    { name: "keyUsage", digitalSignature: true, critical: true },
    { name: "extKeyUsage", serverAuth: true },
    { name: "subjectAltName", altNames: [...new Set(names)].map(altName) },
    { name: "subjectKeyIdentifier" }
  ]);
  certificate.sign(key, md.sha256.create());
  return { ...publicCertificate(pki.certificateToPem(certificate).replaceAll("\r\n", "\n")), privateKeyPem };
}
var altName = (name) => isIP(name) === 0 ? { type: 2, value: name } : { type: 7, ip: name };
function serialNumber() {
  const octets = randomBytes(16);
  octets[0] = (octets[0] ?? 0) & 63 | 64;
  return octets.toString("hex");
}
export {
  createPlaceholder
};
