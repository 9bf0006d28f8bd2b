import {
  lazy
} from "./chunk-RHEELVZU.mjs";
import {
  awsOptions,
  openAws
} from "./chunk-SWJYG5IF.mjs";
import {
  envReference,
  oneLine
} from "./chunk-UFLIPYBE.mjs";
import {
  Failure
} from "./chunk-PJWNEZVU.mjs";

// lib/vendors/s3/bucket.ts
import { randomBytes } from "node:crypto";
import * as v from "valibot";
var { region, endpoint, caCertificate } = awsOptions;
var bucketOptions = {
  bucket: v.pipe(
    v.string(),
    v.regex(/^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/, "expected the name of a bucket"),
    v.description("The bucket. It must be there.")
  ),
  prefix: v.optional(
    v.pipe(
      v.string(),
      v.regex(/^$|^[A-Za-z0-9][\w.-]*(\/[A-Za-z0-9][\w.-]*)*\/?$/, "expected a path such as newleaf/prod"),
      v.description("Where in the bucket, as a path.")
    )
  ),
  region,
  endpoint,
  caCertificate,
  forcePathStyle: v.optional(
    v.pipe(
      v.boolean(),
      v.description("Puts the bucket into the path of the URL, for a storage that has no host name a bucket.")
    ),
    false
  ),
  accessKeyId: v.optional(
    v.pipe(
      envReference,
      oneLine,
      v.description("The ID of the access key as env:NAME, for a storage that is not at AWS.")
    )
  ),
  secretAccessKey: v.optional(
    v.pipe(envReference, oneLine, v.description("The access key that belongs to it, as env:NAME."))
  )
};
var object = v.strictObject(bucketOptions);
var KEYS_IN_PAIRS = "expected both of accessKeyId and secretAccessKey, or neither";
var keysInPairs = (options) => options.accessKeyId === void 0 === (options.secretAccessKey === void 0);
async function openBucket(options, { prefix, kmsKey }, context) {
  const { accessKeyId, secretAccessKey } = options;
  const credentials = accessKeyId === void 0 || secretAccessKey === void 0 ? void 0 : { accessKeyId: await context.resolve(accessKeyId), secretAccessKey: await context.resolve(secretAccessKey) };
  const [aws, { createBucket }] = await Promise.all([
    openAws({ ...options, credentials }, context),
    import("./client-4CCK6KGU.mjs")
  ]);
  const { bucket, forcePathStyle } = options;
  const folder = (options.prefix ?? prefix).replace(/\/?$/, "/").replace(/^\/$/, "");
  return checked(createBucket(aws, { bucket, folder, forcePathStyle, kmsKey }));
}
var CHECK = "@conditions";
var NO_TAG = '"00000000000000000000000000000000"';
function checked(bucket) {
  const bytes = () => Buffer.from(`shows whether conditions are kept ${randomBytes(12).toString("hex")}
`);
  const kept = lazy(async () => {
    const create = () => bucket.write(CHECK, bytes(), void 0);
    const change = () => bucket.write(CHECK, bytes(), NO_TAG);
    const [created, changed] = await Promise.all([create(), change()]);
    if (changed === void 0 && (created === void 0 || await create() === void 0)) return;
    await bucket.remove(CHECK);
    throw new Failure(
      "CONFIG_INVALID",
      `${bucket.uri("")} ignores If-None-Match or If-Match, so that two runs could overwrite each other: use a storage that keeps them`
    );
  });
  return {
    ...bucket,
    async write(key, bytes2, tag) {
      await kept();
      return bucket.write(key, bytes2, tag);
    },
    list: async (prefix, upTo) => (await bucket.list(prefix, upTo)).filter((key) => key !== CHECK)
  };
}

export {
  bucketOptions,
  KEYS_IN_PAIRS,
  keysInPairs,
  openBucket
};
