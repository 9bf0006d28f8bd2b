// lib/platform/secret.ts
import { inspect } from "node:util";
var MASK = "[secret]";
var Secret = class {
  #value;
  constructor(value) {
    this.#value = value;
  }
  /** The value itself. Call it in the line that hands it to the outside, and keep the result nowhere. */
  reveal() {
    return this.#value;
  }
  toString() {
    return MASK;
  }
  toJSON() {
    return MASK;
  }
  [inspect.custom]() {
    return MASK;
  }
};
var OWN_SECRETS = /^(?:account|certificate)(?:\/|$)/i;
var bearer = (token) => new Secret(`Bearer ${token.reveal()}`);

export {
  Secret,
  OWN_SECRETS,
  bearer
};
