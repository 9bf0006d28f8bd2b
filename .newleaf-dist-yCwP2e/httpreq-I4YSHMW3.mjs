import {
  anyAnswer
} from "./chunk-RLQUZ55U.mjs";
import "./chunk-Q6T3FSH7.mjs";
import "./chunk-YS4H5Z3U.mjs";
import {
  apiOptions,
  endpointUrl,
  secretReference
} from "./chunk-UFLIPYBE.mjs";
import "./chunk-JH5P2E6J.mjs";
import "./chunk-AX7UU63R.mjs";
import {
  Secret
} from "./chunk-GNHTNKVN.mjs";
import "./chunk-F655ZMJF.mjs";
import "./chunk-QSJQ3NHR.mjs";
import {
  Failure
} from "./chunk-PJWNEZVU.mjs";

// lib/dns/drivers/httpreq.ts
import * as v from "valibot";
var options = v.strictObject({
  endpoint: v.pipe(
    endpointUrl,
    v.description("Address of your own service; /present and /cleanup are called below it.")
  ),
  username: v.optional(
    v.pipe(
      v.string(),
      v.regex(/^[^:]+$/, "expected a user name without a colon"),
      v.description("For basic authentication, together with a password.")
    )
  ),
  password: v.optional(
    v.pipe(secretReference, v.description("Reference to the password that goes with the username."))
  ),
  mode: v.optional(
    v.pipe(
      v.picklist(["default"], "expected default: the raw mode needs the key authorization, which is never handed out"),
      v.description("The body of a request: {fqdn, value}, which is the default mode.")
    )
  ),
  caCertificate: apiOptions.caCertificate
});
var facts = {
  provider: "a service of your own",
  documentation: "https://go-acme.github.io/lego/dns/httpreq/",
  permission: "whatever your service asks for",
  twoValues: "your service adds and removes one value at a time",
  ttl: void 0,
  note: '`POST <endpoint>/present` and `/cleanup` with `{"fqdn": "_acme-challenge.shop.example.com.", "value": "\u2026"}`; any 2xx is success. It is the protocol of lego: put any DNS behind a few lines of your own. It has no request that changes nothing, so that only its password is looked up before an order.'
};
var driver = {
  options,
  facts,
  async open({ endpoint, username, password, caCertificate }, context) {
    if (username === void 0 !== (password === void 0)) {
      throw new Failure("CONFIG_INVALID", "the DNS driver httpreq takes username and password together or not at all");
    }
    const secret = password && await context.resolve(password);
    const rest = context.rest({
      vendor: new URL(endpoint).host,
      endpoint,
      caCertificate,
      headers: secret === void 0 ? {} : { authorization: basic(`${username}:${secret.reveal()}`) }
    });
    const call = async (path, { name, value }) => {
      await rest.call({ method: "POST", path, body: { fqdn: `${name}.`, value }, answer: anyAnswer });
    };
    return { addTxt: (record) => call("/present", record), removeTxt: (record) => call("/cleanup", record) };
  }
};
var basic = (credentials) => new Secret(`Basic ${Buffer.from(credentials, "utf8").toString("base64")}`);
export {
  driver
};
