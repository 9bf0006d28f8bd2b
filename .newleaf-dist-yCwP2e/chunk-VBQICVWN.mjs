import {
  Failure
} from "./chunk-PJWNEZVU.mjs";

// lib/platform/ca-certificate.ts
import { readFile } from "node:fs/promises";
import { resolve } from "node:path";
import { createSecureContext, rootCertificates } from "node:tls";
async function readCaCertificate(folder, path) {
  const file = resolve(folder, path);
  const pem = await readFile(file, "utf8").catch((cause) => {
    throw new Failure("CONFIG_INVALID", `caCertificate: the file ${file} cannot be read`, { cause });
  });
  if (!pem.includes("-----BEGIN CERTIFICATE-----")) {
    throw new Failure("CONFIG_INVALID", `caCertificate: the file ${file} holds no PEM certificate`);
  }
  return pem;
}
var contexts = /* @__PURE__ */ new Map();
function trusting(pem) {
  const context = contexts.get(pem) ?? createSecureContext({ ca: [...rootCertificates, pem] });
  contexts.set(pem, context);
  return context;
}

export {
  readCaCertificate,
  trusting
};
