import {
  Secret
} from "./chunk-GNHTNKVN.mjs";

// lib/x509/key.ts
import { createPrivateKey, generateKeyPair } from "node:crypto";
var parameters = {
  "ecdsa-p256": { type: "ec", namedCurve: "P-256" },
  "ecdsa-p384": { type: "ec", namedCurve: "P-384" },
  "rsa-2048": { type: "rsa", modulusLength: 2048 },
  "rsa-3072": { type: "rsa", modulusLength: 3072 },
  "rsa-4096": { type: "rsa", modulusLength: 4096 }
};
async function generateKey(algorithm) {
  const key = await privateKey(parameters[algorithm]);
  return new Secret(key.export({ type: "pkcs8", format: "pem" }).toString());
}
var privateKey = (wanted) => new Promise((resolve, reject) => {
  const done = (error, _publicKey, key) => error ? reject(error) : resolve(key);
  if (wanted.type === "ec") generateKeyPair("ec", { namedCurve: wanted.namedCurve }, done);
  else generateKeyPair("rsa", { modulusLength: wanted.modulusLength }, done);
});

export {
  generateKey
};
