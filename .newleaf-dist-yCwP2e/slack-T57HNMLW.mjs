import {
  post
} from "./chunk-KCSAXTNK.mjs";
import {
  textOf,
  titleOf
} from "./chunk-SSEX75SW.mjs";
import "./chunk-PA6H7JG2.mjs";
import "./chunk-5U525ACZ.mjs";
import "./chunk-OL4MPUJQ.mjs";
import "./chunk-RLQUZ55U.mjs";
import "./chunk-Q6T3FSH7.mjs";
import "./chunk-YS4H5Z3U.mjs";
import {
  apiOptions,
  oneLine,
  secretReference
} from "./chunk-UFLIPYBE.mjs";
import "./chunk-JH5P2E6J.mjs";
import "./chunk-AX7UU63R.mjs";
import "./chunk-GNHTNKVN.mjs";
import "./chunk-F655ZMJF.mjs";
import "./chunk-QSJQ3NHR.mjs";
import "./chunk-PJWNEZVU.mjs";

// lib/notify/drivers/slack.ts
import * as v from "valibot";
var options = v.strictObject({
  url: v.pipe(
    secretReference,
    oneLine,
    v.description("The URL of an incoming webhook. It is a reference, for who knows the URL can write to the channel.")
  ),
  caCertificate: apiOptions.caCertificate
});
var escaped = (text) => text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
var driver = {
  options,
  async open({ url, caCertificate }, { resolve, http }) {
    const address = await resolve(url);
    return {
      async send(notice) {
        const text = escaped(`${titleOf(notice)}
${textOf(notice)}`);
        const body = JSON.stringify({
          text,
          mrkdwn: false,
          link_names: false,
          unfurl_links: false,
          unfurl_media: false
        });
        await post(http(caCertificate), { to: "Slack", url: address, body });
      }
    };
  }
};
export {
  driver
};
