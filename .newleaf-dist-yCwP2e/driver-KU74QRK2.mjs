import {
  textOf,
  titleOf
} from "./chunk-SSEX75SW.mjs";
import {
  quickly
} from "./chunk-PA6H7JG2.mjs";
import "./chunk-5U525ACZ.mjs";
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

// lib/notify/drivers/sns/driver.ts
import * as v from "valibot";
var ARN = /^arn:[a-z-]+:sns:(?<region>[a-z0-9-]+):\d{12}:[\w-]{1,256}$/;
var options = v.strictObject({
  topicArn: v.pipe(
    v.string(),
    v.regex(ARN, "expected the ARN of a standard topic: arn:aws:sns:REGION:ACCOUNT:NAME"),
    v.description("The ARN of a standard topic. Its region counts, unless `region` says otherwise.")
  ),
  ...awsOptions
});
var SUBJECT = 100;
var driver = {
  options,
  async open({ topicArn, region = ARN.exec(topicArn)?.groups?.region, ...api }, context) {
    return {
      async send(notice) {
        const { publish } = await import("./publish-QGWDP3MK.mjs");
        const aws = await openAws({ region, ...api }, quickly(context));
        const title = titleOf(notice);
        await publish(aws, topicArn, {
          Subject: title.slice(0, SUBJECT),
          MessageStructure: "json",
          Message: JSON.stringify({ default: JSON.stringify(notice), email: textOf(notice), sms: title })
        });
      }
    };
  }
};
export {
  driver
};
