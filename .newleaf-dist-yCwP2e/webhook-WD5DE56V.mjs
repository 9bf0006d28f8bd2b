import {
  post
} from "./chunk-KCSAXTNK.mjs";
import "./chunk-PA6H7JG2.mjs";
import "./chunk-OL4MPUJQ.mjs";
import "./chunk-RLQUZ55U.mjs";
import "./chunk-Q6T3FSH7.mjs";
import "./chunk-YS4H5Z3U.mjs";
import {
  apiOptions,
  httpsUrl,
  oneLine,
  secretReference
} from "./chunk-UFLIPYBE.mjs";
import "./chunk-JH5P2E6J.mjs";
import "./chunk-AX7UU63R.mjs";
import {
  Secret
} from "./chunk-GNHTNKVN.mjs";
import "./chunk-F655ZMJF.mjs";
import "./chunk-QSJQ3NHR.mjs";
import "./chunk-PJWNEZVU.mjs";

// lib/notify/drivers/webhook.ts
import { createHmac } from "node:crypto";
import * as v from "valibot";
var options = v.strictObject({
  url: v.pipe(
    v.union(
      [v.pipe(secretReference, oneLine), httpsUrl],
      "expected an https URL, or a reference to one: secret:NAME#field or env:NAME"
    ),
    v.description("Where notices are posted to: an https URL, or a reference if the URL itself is a secret.")
  ),
  secret: v.pipe(secretReference, v.description("What notices are signed with, known to the receiver too.")),
  caCertificate: apiOptions.caCertificate
});
var driver = {
  options,
  async open({ url, secret, caCertificate }, { resolve, http, clock }) {
    const address = typeof url === "string" ? new Secret(url) : await resolve(url);
    const key = await resolve(secret);
    return {
      async send(notice) {
        const body = JSON.stringify(notice);
        const time = Math.floor(clock.now().getTime() / 1e3);
        const signature = createHmac("sha256", key.reveal()).update(`${time}.${body}`).digest("hex");
        const headers = { "newleaf-signature": `t=${time},v1=${signature}` };
        await post(http(caCertificate), { to: "the webhook", url: address, headers, body });
      }
    };
  }
};
export {
  driver
};
