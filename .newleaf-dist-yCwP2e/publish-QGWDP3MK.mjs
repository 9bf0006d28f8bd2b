import {
  withClient
} from "./chunk-SWJYG5IF.mjs";
import "./chunk-VBQICVWN.mjs";
import "./chunk-OL4MPUJQ.mjs";
import "./chunk-UFLIPYBE.mjs";
import "./chunk-GNHTNKVN.mjs";
import "./chunk-F655ZMJF.mjs";
import "./chunk-QSJQ3NHR.mjs";
import "./chunk-PJWNEZVU.mjs";

// lib/notify/drivers/sns/publish.ts
import { PublishCommand, SNSClient } from "@aws-sdk/client-sns";
var publish = (aws, topicArn, message) => withClient(new SNSClient(aws.config), async (client) => {
  const command = new PublishCommand({ ...message, TopicArn: topicArn });
  await aws.call({ action: "Publish", on: topicArn }, (inTime) => client.send(command, inTime));
});
export {
  publish
};
