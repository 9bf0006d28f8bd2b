import {
  awsOptions
} from "./chunk-SWJYG5IF.mjs";

// lib/dns/drivers/route53/driver.ts
import * as v from "valibot";
var options = v.strictObject({
  ...awsOptions,
  region: v.optional(
    v.pipe(awsOptions.region.wrapped, v.description("A region of the partition of the account; us-east-1 if absent.")),
    "us-east-1"
  ),
  hostedZone: v.optional(
    v.pipe(
      v.string(),
      v.regex(/^Z[A-Z0-9]{5,31}$/, "expected the id of a hosted zone, such as Z1D633PJN98FT9"),
      v.description("The id of the hosted zone, where several public ones have its name.")
    )
  ),
  role: v.optional(
    v.pipe(
      v.string(),
      v.regex(/^arn:aws[a-z-]*:iam::\d{12}:role\/[\w+=,.@/-]{1,512}$/, "expected the ARN of a role"),
      v.description("The ARN of a role to assume, in the account of the zone for example.")
    )
  ),
  externalId: v.optional(
    v.pipe(
      v.string(),
      v.regex(/^[\w+=,.@:/-]{2,1224}$/, "expected an external id as the trust policy of the role has it"),
      v.description("The external id that the trust policy of the role asks for.")
    )
  )
});
var facts = {
  provider: "Amazon Route 53",
  documentation: "https://docs.aws.amazon.com/Route53/latest/APIReference/",
  permission: "`route53:ListHostedZonesByName` (with `hostedZone` instead `route53:GetHostedZone`), and `route53:ListResourceRecordSets` and `route53:ChangeResourceRecordSets` on the ARN of the zone; with `role`, `sts:AssumeRole` on that role and the others there",
  twoValues: "the set at the name is replaced in one batch, which fails when it is not any more what was read",
  ttl: 10,
  note: "Credentials are those that the AWS SDK finds: of the function, in the environment or in a profile. To let it write no more than challenges, add the condition `route53:ChangeResourceRecordSetsNormalizedRecordNames`. A name whose TXT records have a routing policy is refused. An `endpoint` is that of STS as well. On Lambda these rights are added to the roles as those for [`aws-acm`](balancers/aws-acm.md#permissions-to-grant) are."
};
var driver = {
  options,
  facts,
  async open(given, context) {
    const { openHostedZones } = await import("./hosted-zones-VUQ336RF.mjs");
    return openHostedZones(given, context);
  }
};

export {
  facts,
  driver
};
