import {
  openAws,
  withClient
} from "./chunk-SWJYG5IF.mjs";
import "./chunk-VBQICVWN.mjs";
import "./chunk-OL4MPUJQ.mjs";
import "./chunk-UFLIPYBE.mjs";
import {
  Secret
} from "./chunk-GNHTNKVN.mjs";
import "./chunk-F655ZMJF.mjs";
import "./chunk-QSJQ3NHR.mjs";
import {
  Failure
} from "./chunk-PJWNEZVU.mjs";

// lib/dns/drivers/route53/role.ts
import { AssumeRoleCommand, STSClient } from "@aws-sdk/client-sts";
async function assume({ role, externalId }, options, context) {
  const aws = await openAws(options, context);
  const command = new AssumeRoleCommand({ RoleArn: role, RoleSessionName: "newleaf", ExternalId: externalId });
  const { Credentials: given } = await aws.call(
    { action: "AssumeRole", on: role },
    (sending) => withClient(new STSClient(aws.config), (client) => client.send(command, sending))
  );
  if (given?.AccessKeyId === void 0 || given.SecretAccessKey === void 0 || given.SessionToken === void 0) {
    throw new Failure("ANSWER_INVALID", `AssumeRole of ${role} gave no credentials`);
  }
  return {
    accessKeyId: new Secret(given.AccessKeyId),
    secretAccessKey: new Secret(given.SecretAccessKey),
    sessionToken: new Secret(given.SessionToken)
  };
}
export {
  assume
};
