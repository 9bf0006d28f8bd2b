import {
  awsOptions
} from "./chunk-SWJYG5IF.mjs";
import "./chunk-VBQICVWN.mjs";
import {
  port
} from "./chunk-LZYTEPEM.mjs";
import "./chunk-OL4MPUJQ.mjs";
import "./chunk-UFLIPYBE.mjs";
import "./chunk-GNHTNKVN.mjs";
import "./chunk-F655ZMJF.mjs";
import "./chunk-QSJQ3NHR.mjs";
import "./chunk-PJWNEZVU.mjs";

// lib/balancers/drivers/aws-acm/driver.ts
import { isIP } from "node:net";
import * as v from "valibot";
var ARN = /^arn:aws[a-z-]*:acm:[a-z0-9-]+:\d{12}:certificate\/[A-Za-z0-9-]+$/;
var NAME = /^(?!arn:)[\p{L}\p{N}][\p{L}\p{N} _.:/=+@-]{0,255}$/u;
var host = v.pipe(
  v.string(),
  v.check(
    (text) => isIP(text) !== 0 || /^(?=.{1,253}$)[a-z0-9_-]+(\.[a-z0-9_-]+)*$/i.test(text),
    "expected a host name such as edge-1.eu-central-1.elb.amazonaws.com, or an IP address, without a port"
  )
);
var options = v.strictObject({ ...awsOptions });
var listener = v.strictObject({
  certificate: v.pipe(
    v.string(),
    v.check(
      (text) => ARN.test(text) || NAME.test(text),
      "expected the ARN of a certificate in ACM, or the value of its tag Name"
    ),
    v.description("The ARN of an imported certificate, or the value of its tag Name.")
  ),
  hosts: v.optional(
    v.pipe(
      v.union([host, v.pipe(v.array(host), v.minLength(1))]),
      v.transform((hosts) => [hosts].flat()),
      v.description("Where it is served: host names or IP addresses of load balancers, distributions, domains.")
    )
  ),
  port: v.optional(v.pipe(port, v.description("Of the hosts; 443 if absent.")))
});
var driver = {
  options,
  listener,
  identity: ["certificate"],
  separator: " ",
  supportedKeys: ["rsa-2048", "ecdsa-p256", "ecdsa-p384", "rsa-3072", "rsa-4096"],
  singleCertificate: true,
  async open(given, context) {
    const { openCertificates } = await import("./certificates-RE3C52JL.mjs");
    return openCertificates(given, context);
  }
};
export {
  driver
};
