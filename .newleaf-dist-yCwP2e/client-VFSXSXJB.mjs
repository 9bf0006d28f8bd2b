import {
  succeeded
} from "./chunk-FPILV2IR.mjs";
import "./chunk-RHEELVZU.mjs";
import {
  inTurns
} from "./chunk-KNYWYU3O.mjs";
import "./chunk-YS4H5Z3U.mjs";
import "./chunk-JH5P2E6J.mjs";
import "./chunk-F655ZMJF.mjs";
import "./chunk-QSJQ3NHR.mjs";
import {
  Failure
} from "./chunk-PJWNEZVU.mjs";

// lib/acme/client.ts
import { createPrivateKey } from "node:crypto";
import { Client, crypto } from "acme-client";

// lib/acme/jws.ts
import { createHmac, sign } from "node:crypto";
function jws(header, payload, { algorithm, sign: sign2 }) {
  const protectedHeader = base64url(JSON.stringify({ alg: algorithm, ...header }));
  const body = payload === null ? "" : base64url(JSON.stringify(payload));
  return { protected: protectedHeader, payload: body, signature: base64url(sign2(`${protectedHeader}.${body}`)) };
}
function keySigner(key) {
  const { asymmetricKeyType, asymmetricKeyDetails } = key;
  if (asymmetricKeyType === "rsa") {
    return { algorithm: "RS256", sign: (input) => sign("sha256", Buffer.from(input), key) };
  }
  if (asymmetricKeyDetails?.namedCurve === "prime256v1") {
    const encoded = { key, dsaEncoding: "ieee-p1363" };
    return { algorithm: "ES256", sign: (input) => sign("sha256", Buffer.from(input), encoded) };
  }
  throw new Failure("STORE_UNREADABLE", "the key of an ACME account is neither ECDSA on P-256 nor RSA");
}
var hmacSigner = (key) => ({
  algorithm: "HS256",
  sign: (input) => createHmac("sha256", Buffer.from(key.reveal(), "base64url")).update(input).digest()
});
var base64url = (content) => Buffer.from(content).toString("base64url");

// lib/acme/client.ts
var BAD_NONCE = "urn:ietf:params:acme:error:badNonce";
var BAD_NONCE_RETRIES = 8;
var AT_ONCE = 10;
var AcmeClient = class {
  #transport;
  #nonces;
  #signer;
  #jwk;
  #challenges;
  #inTurn = inTurns(AT_ONCE);
  constructor({ privateKeyPem, transport, nonces }) {
    const pem = privateKeyPem.reveal();
    this.#transport = transport;
    this.#nonces = nonces;
    this.#signer = keySigner(createPrivateKey(pem));
    this.#jwk = crypto.getJwk(pem);
    this.#challenges = new Client({ directoryUrl: transport.directoryUrl, accountKey: pem });
  }
  /** Without a payload it is a POST-as-GET, which may ask for something else than JSON. */
  async post(url, payload, operation, accountUrl, accept) {
    const answer = await this.#inTurn(() => this.#send(url, payload, { kid: accountUrl }, accept));
    return succeeded(answer, { authority: this.#transport.authority, operation });
  }
  /** Gives the account of this key, made if need be (RFC 8555 §7.3), and bound to an external one (§7.3.4). */
  async register(payload, external) {
    const { newAccount: url } = await this.#transport.directory();
    const bound = external && {
      externalAccountBinding: jws({ kid: external.kid, url }, this.#jwk, hmacSigner(external.hmac))
    };
    const answer = await this.#send(url, { ...payload, ...bound }, { jwk: this.#jwk });
    return succeeded(answer, { authority: this.#transport.authority, operation: "give an account" });
  }
  /** `base64url(SHA-256(key authorization))` (RFC 8555 §8.4). */
  txtValue(token) {
    return this.#challenges.getChallengeKeyAuthorization({ type: "dns-01", url: "", status: "pending", token });
  }
  async #send(url, payload, identity, accept) {
    let nonce = await this.#nonces.take();
    for (let attempt = 0; ; attempt++) {
      const body = jws({ url, nonce, ...identity }, payload, this.#signer);
      const answer = await this.#transport.send("POST", url, JSON.stringify(body), accept);
      const next = answer.headers["replay-nonce"];
      if (!isBadNonce(answer)) {
        if (next !== void 0) this.#nonces.keep(next);
        return answer;
      }
      this.#nonces.clear();
      if (attempt === BAD_NONCE_RETRIES) return answer;
      nonce = next ?? await this.#nonces.take();
    }
  }
};
var isBadNonce = ({ status, data }) => status === 400 && typeof data === "object" && data !== null && "type" in data && data.type === BAD_NONCE;
export {
  AcmeClient
};
