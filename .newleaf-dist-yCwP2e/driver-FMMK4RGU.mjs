import {
  quickly
} from "./chunk-PA6H7JG2.mjs";
import {
  awsOptions,
  openAws
} from "./chunk-SWJYG5IF.mjs";
import "./chunk-VBQICVWN.mjs";
import "./chunk-OL4MPUJQ.mjs";
import "./chunk-UFLIPYBE.mjs";
import "./chunk-GNHTNKVN.mjs";
import "./chunk-F655ZMJF.mjs";
import "./chunk-QSJQ3NHR.mjs";
import "./chunk-PJWNEZVU.mjs";

// lib/notify/drivers/eventbridge/driver.ts
import * as v from "valibot";
var options = v.strictObject({
  bus: v.optional(
    v.pipe(
      v.string(),
      v.regex(
        /^(?:arn:[a-z-]+:events:[a-z0-9-]+:\d{12}:event-bus\/)?[\w./-]{1,256}$/,
        "expected the name or the ARN of a bus"
      ),
      v.description("The name or the ARN of the event bus.")
    ),
    "default"
  ),
  source: v.optional(
    v.pipe(
      v.string(),
      // AWS keeps this start for itself (API reference, PutEventsRequestEntry).
      v.regex(/^(?!aws\.)[\w./-]{1,256}$/, "expected letters, digits and . _ / -, and not aws. in front"),
      v.description("The source that the events carry; rules match it.")
    ),
    "newleaf"
  ),
  ...awsOptions
});
var detailType = {
  problem: "Certificate Problem",
  resolved: "Certificate Problem Resolved",
  test: "Test"
};
var driver = {
  options,
  async open({ bus, source, ...api }, context) {
    return {
      async send(notice) {
        const { putEvent } = await import("./put-event-U6MW6MDA.mjs");
        const aws = await openAws(api, quickly(context));
        const event = { Source: source, DetailType: detailType[notice.event], Detail: JSON.stringify(notice) };
        await putEvent(aws, bus, event);
      }
    };
  }
};
export {
  driver
};
