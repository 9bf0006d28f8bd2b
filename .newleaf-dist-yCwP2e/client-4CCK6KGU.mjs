import {
  isAwsError,
  statusOf
} from "./chunk-SWJYG5IF.mjs";
import "./chunk-VBQICVWN.mjs";
import "./chunk-OL4MPUJQ.mjs";
import {
  everyPage
} from "./chunk-OMQYQBD3.mjs";
import "./chunk-UFLIPYBE.mjs";
import "./chunk-GNHTNKVN.mjs";
import "./chunk-F655ZMJF.mjs";
import "./chunk-QSJQ3NHR.mjs";
import {
  Failure,
  isFailure
} from "./chunk-PJWNEZVU.mjs";

// lib/vendors/s3/client.ts
import { createHash } from "node:crypto";
import {
  DeleteObjectCommand,
  GetObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  S3Client
} from "@aws-sdk/client-s3";
var MAX_BYTES = 1024 * 1024;
var MAX_KEY = 1024;
function createBucket(aws, settings) {
  const { bucket, folder, forcePathStyle } = settings;
  const client = new S3Client({
    ...aws.config,
    forcePathStyle,
    // Other storages than AWS refuse checksums that they do not know: each knows Content-MD5, which is sent instead.
    requestChecksumCalculation: "WHEN_REQUIRED",
    responseChecksumValidation: "WHEN_REQUIRED"
  });
  const uri = (key) => `s3://${bucket}/${folder}${key}`;
  const opened = { ...settings, aws, client, uri };
  return {
    uri,
    read: (key) => read(key, opened),
    write: (key, bytes, tag) => write(key, bytes, tag, opened),
    list: (prefix, upTo) => list(prefix, upTo, opened),
    async remove(key) {
      await aws.call(
        { action: "DeleteObject", on: uri(key) },
        (options) => client.send(new DeleteObjectCommand({ Bucket: bucket, Key: keyed(folder, key) }), options)
      );
    }
  };
}
async function read(key, opened) {
  const { aws, client, bucket, folder, uri } = opened;
  try {
    const on = uri(key);
    return await aws.call(
      { action: "GetObject", on },
      async (options) => whole(on, await client.send(new GetObjectCommand({ Bucket: bucket, Key: keyed(folder, key) }), options))
    );
  } catch (error) {
    if (isAwsError(error, "NoSuchKey")) return void 0;
    if (statusOf(error) !== 404 && statusOf(error) !== 403) throw error;
    const keys = await list(key, key, opened);
    if (statusOf(error) === 404 && !keys.includes(key)) return void 0;
    throw error;
  }
}
async function write(key, bytes, tag, opened) {
  const { aws, client, bucket, folder, kmsKey } = opened;
  const on = opened.uri(key);
  if (bytes.length > MAX_BYTES) throw new Failure("STORE_FAILED", `${on} would be larger than ${MAX_BYTES} bytes`);
  const condition = tag === void 0 ? { IfNoneMatch: "*" } : { IfMatch: tag };
  const object = {
    Bucket: bucket,
    Key: keyed(folder, key),
    Body: bytes,
    ContentType: "application/octet-stream",
    // A bucket whose objects are locked takes none without.
    ContentMD5: createHash("md5").update(bytes).digest("base64")
  };
  let sent = 0;
  try {
    const { ETag } = await aws.call({ action: "PutObject", on }, (options) => {
      sent += 1;
      return client.send(new PutObjectCommand({ ...object, ...condition, ...encryptionWith(kmsKey) }), options);
    });
    if (ETag === void 0) throw new Failure("ANSWER_INVALID", `PutObject of ${on} was answered without an ETag`);
    return ETag;
  } catch (error) {
    if (statusOf(error) === 501 || isAwsError(error, "NotImplemented")) throw conditionless(error, opened);
    if (!isLost(error, tag)) throw error;
    if (sent === 1 && statusOf(error) !== 404) return void 0;
    const stored = await read(key, opened);
    return stored?.bytes.equals(bytes) ? stored.tag : void 0;
  }
}
var isLost = (error, tag) => [409, 412, ...tag === void 0 ? [] : [404]].includes(statusOf(error) ?? 0);
var conditionless = (error, { uri, kmsKey }) => new Failure(
  "CONFIG_INVALID",
  `${uri("")} does not know what is asked of it (NotImplemented): writes with If-Match and If-None-Match${kmsKey === void 0 ? "" : ", encrypted with a KMS key"}; use a storage that does`,
  { fields: isFailure(error) ? error.fields : {} }
);
var encryptionWith = (kmsKey) => kmsKey === void 0 ? {} : { ServerSideEncryption: "aws:kms", SSEKMSKeyId: kmsKey, BucketKeyEnabled: true };
async function list(prefix, upTo, opened) {
  const keys = await everyPage(`the list of ${opened.uri(prefix)}`, "", async (token) => {
    const page = await pageAt(token || void 0, prefix, opened);
    const found = keysOf(page, opened.folder);
    const items = found.filter((key) => upTo === void 0 || key <= upTo);
    const beyond = items.length < found.length;
    return { items, next: page.IsTruncated && !beyond ? page.NextContinuationToken : void 0 };
  });
  return keys.sort();
}
async function pageAt(token, prefix, { aws, client, bucket, folder, uri }) {
  const page = await aws.call(
    { action: "ListBucket", on: uri(prefix) },
    (options) => client.send(
      new ListObjectsV2Command({ Bucket: bucket, Prefix: folder + prefix, ContinuationToken: token }),
      options
    )
  );
  const { IsTruncated, NextContinuationToken } = page;
  if (IsTruncated === void 0 || IsTruncated && NextContinuationToken === void 0) {
    throw new Failure("ANSWER_INVALID", `ListBucket of ${uri(prefix)} was answered with something else`);
  }
  return page;
}
var keysOf = ({ Contents = [] }, folder) => Contents.flatMap(({ Key }) => Key?.startsWith(folder) ? [Key.slice(folder.length)] : []);
function keyed(folder, key) {
  const full = folder + key;
  if (key !== "" && full.isWellFormed() && !new RegExp("\\p{Cc}", "u").test(full) && Buffer.byteLength(full) <= MAX_KEY) return full;
  throw new Failure("CONFIG_INVALID", `"${key.slice(0, 100)}" cannot be the key of an object`);
}
async function whole(on, { Body, ETag }) {
  if (Body === void 0 || ETag === void 0) {
    throw new Failure("ANSWER_INVALID", `GetObject of ${on} was answered without a body or an ETag`);
  }
  const parts = [];
  let size = 0;
  for await (const part of Body) {
    size += part.byteLength;
    if (size > MAX_BYTES) throw new Failure("STORE_UNREADABLE", `${on} is larger than ${MAX_BYTES} bytes: remove it`);
    parts.push(part);
  }
  return { bytes: Buffer.concat(parts), tag: ETag };
}
export {
  createBucket
};
