import {
  isAwsError
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
  Failure,
  isFailure
} from "./chunk-PJWNEZVU.mjs";

// lib/secrets/drivers/aws-secrets-manager/api.ts
import {
  CreateSecretCommand,
  DeleteSecretCommand,
  DescribeSecretCommand,
  GetSecretValueCommand,
  PutSecretValueCommand,
  SecretsManagerClient,
  UpdateSecretVersionStageCommand
} from "@aws-sdk/client-secrets-manager";

// lib/secrets/drivers/aws-secrets-manager/refusal.ts
var CAUSES = [
  [/\breplica\b/i, (id) => `${id} is a replica, and takes no value here: set \`region\` to that of its primary`],
  [/\bdelet(?:ed|ion)\b/i, (id) => scheduled(id)],
  [
    /\b(?:managed|owned) by\b|\bowning service\b/i,
    (id) => `${id} belongs to another AWS service: set another \`prefix\``
  ]
];
var scheduled = (id) => `${id} is scheduled for deletion: take that back with "aws secretsmanager restore-secret --secret-id ${id}"`;
var SEVERAL = ["InvalidRequestException", "InvalidParameterException"];
var NO_VALUE = /\bsecret value\b|\bstaging label\b|\bversion/i;
var refusal = ({ action, on }, isMade) => (error) => {
  const { name = "", message = "", $metadata = {} } = error;
  const { httpStatusCode: status, requestId } = $metadata;
  const fields = { action, on, error: name, status, requestId, secret: on };
  const meaning = SEVERAL.includes(name) ? CAUSES.find(([says]) => says.test(message))?.[1] : void 0;
  if (meaning !== void 0) throw new Failure("STORE_UNREADABLE", `the secret ${meaning(on)}`, { fields });
  if (isMade && name === "ResourceNotFoundException" && !NO_VALUE.test(message)) {
    throw new Failure("UNAVAILABLE", `the secret ${on} was made just now, and is not found yet`, { fields });
  }
  throw error;
};
function explained(id, error) {
  if (!isFailure(error)) return error;
  const as = (code, message) => new Failure(code, message, { fields: error.fields });
  const { action } = error.fields;
  if (error.code === "REJECTED" && action === "UpdateSecretVersionStage" && isAwsError(error, ...SEVERAL)) {
    return as("CONFLICT", `the labels of the secret ${id} were moved by another run`);
  }
  if (isAwsError(error, "DecryptionFailure", "EncryptionFailure")) {
    return as("STORE_UNREADABLE", `the KMS key of the secret ${id} cannot be used: is it disabled or deleted?`);
  }
  if (isAwsError(error, "LimitExceededException")) {
    return as("STORE_FAILED", `the secret ${id} ${action === "CreateSecret" ? TOO_MANY_SECRETS : TOO_MANY_VERSIONS}`);
  }
  return error;
}
var TOO_MANY_SECRETS = "would be one more than this account may hold in this region: ask AWS for a higher quota";
var TOO_MANY_VERSIONS = "has too many versions: they go away within a day";
var deleted = (id) => new Failure("STORE_UNREADABLE", `the secret ${scheduled(id)}`, { fields: { secret: id } });

// lib/secrets/drivers/aws-secrets-manager/api.ts
function createSecretsManager(aws, settings) {
  const client = new SecretsManagerClient(aws.config);
  const made = /* @__PURE__ */ new Set();
  const call = async (what, send) => {
    const { action, on } = what;
    try {
      const answer = await aws.call(what, (options) => send(options).catch(refusal(what, made.has(on))));
      if (action === "CreateSecret") made.add(on);
      else if (/^Get|^Describe/.test(action)) made.delete(on);
      return answer;
    } catch (error) {
      throw explained(on, error);
    }
  };
  return { ...reading({ client, call }), ...writing({ client, call }, settings) };
}
var reading = ({ client, call }) => ({
  async read(id, label) {
    try {
      const command = new GetSecretValueCommand({ SecretId: id, VersionStage: label });
      const { VersionId, SecretString } = await call(
        { action: "GetSecretValue", on: id },
        (options) => client.send(command, options)
      );
      if (VersionId !== void 0 && SecretString !== void 0) {
        return { version: VersionId, value: new Secret(SecretString) };
      }
    } catch (error) {
      if (isAwsError(error, "ResourceNotFoundException")) return void 0;
      throw error;
    }
    throw new Failure("STORE_UNREADABLE", `the secret ${id} holds no text: store it as a text, not as binary`);
  },
  async labels(id) {
    try {
      const command = new DescribeSecretCommand({ SecretId: id });
      const { VersionIdsToStages = {}, DeletedDate } = await call(
        { action: "DescribeSecret", on: id },
        (options) => client.send(command, options)
      );
      if (DeletedDate !== void 0) throw deleted(id);
      return Object.fromEntries(
        Object.entries(VersionIdsToStages).flatMap(([version, labels]) => labels.map((label) => [label, version]))
      );
    } catch (error) {
      if (isAwsError(error, "ResourceNotFoundException")) return void 0;
      throw error;
    }
  }
});
var writing = ({ client, call }, { kmsKey, tags }) => ({
  async create(id, version, value) {
    const Tags = Object.entries(tags).map(([Key, Value]) => ({ Key, Value }));
    try {
      const command = new CreateSecretCommand({
        Name: id,
        ClientRequestToken: version,
        SecretString: value.reveal(),
        Description: "Kept by newleaf",
        ...kmsKey === void 0 ? {} : { KmsKeyId: kmsKey },
        ...Tags.length === 0 ? {} : { Tags }
      });
      await call({ action: "CreateSecret", on: id }, (options) => client.send(command, options));
    } catch (error) {
      if (!isAwsError(error, "ResourceExistsException")) throw error;
    }
  },
  async put(id, version, value, label) {
    const command = new PutSecretValueCommand({
      SecretId: id,
      ClientRequestToken: version,
      SecretString: value.reveal(),
      VersionStages: [label]
    });
    const answer = await call({ action: "PutSecretValue", on: id }, (options) => client.send(command, options));
    return answer.VersionStages ?? [];
  },
  async move(id, label, { from, to }) {
    const command = new UpdateSecretVersionStageCommand({
      SecretId: id,
      VersionStage: label,
      ...from === void 0 ? {} : { RemoveFromVersionId: from },
      ...to === void 0 ? {} : { MoveToVersionId: to }
    });
    await call({ action: "UpdateSecretVersionStage", on: id }, (options) => client.send(command, options));
  },
  async scheduleDeletion(id) {
    const describe = new DescribeSecretCommand({ SecretId: id });
    const isScheduled = async () => {
      const found = await call({ action: "DescribeSecret", on: id }, (options) => client.send(describe, options));
      return found.DeletedDate !== void 0;
    };
    try {
      const command = new DeleteSecretCommand({ SecretId: id });
      await call({ action: "DeleteSecret", on: id }, (options) => client.send(command, options));
      return true;
    } catch (error) {
      if (isAwsError(error, "ResourceNotFoundException")) return false;
      if (isFailure(error, "STORE_UNREADABLE") && await isScheduled()) return true;
      throw error;
    }
  }
});
export {
  createSecretsManager
};
