import {
  readCaCertificate,
  trusting
} from "./chunk-VBQICVWN.mjs";
import {
  requireTime
} from "./chunk-OL4MPUJQ.mjs";
import {
  apiOptions
} from "./chunk-UFLIPYBE.mjs";
import {
  retrySoon
} from "./chunk-F655ZMJF.mjs";
import {
  SECOND
} from "./chunk-QSJQ3NHR.mjs";
import {
  Failure,
  isFailure
} from "./chunk-PJWNEZVU.mjs";

// lib/vendors/aws/client.ts
import * as v from "valibot";
var awsOptions = {
  ...apiOptions,
  region: v.optional(
    v.pipe(
      v.string(),
      v.regex(/^[a-z0-9-]{2,40}$/, "expected a region such as eu-central-1"),
      v.description("The region; the one of the environment (AWS_REGION) if absent.")
    )
  )
};
var TOO_FAST = { tries: 4, pause: SECOND };
var TIMEOUT = 3e4;
var IDLE = 5e3;
async function openAws(options, { folder, clock, random, timeLeft }) {
  const { caCertificate: path } = options;
  return {
    config: clientConfig(
      options,
      path === void 0 ? void 0 : await trusting(await readCaCertificate(folder, path))
    ),
    call: (call, send) => retrySoon(
      async () => {
        requireTime(timeLeft, 1);
        try {
          return await send({ abortSignal: AbortSignal.timeout(Math.min(TIMEOUT, timeLeft())) });
        } catch (error) {
          throw toAwsFailure(error, call);
        }
      },
      {
        clock,
        random,
        timeLeft,
        ...call.once ? { tries: 1 } : { pace: (failure) => wasTooFast(failure) ? TOO_FAST : void 0 }
      }
    )
  };
}
async function withClient(client, send) {
  try {
    return await send(client);
  } finally {
    client.destroy();
  }
}
var isAwsError = (error, ...names) => isFailure(error) && names.includes(String(error.fields.error));
var statusOf = (error) => isFailure(error) && typeof error.fields.status === "number" ? error.fields.status : void 0;
var wasTooFast = (failure) => failure.code === "UNAVAILABLE" && ([429, 503].includes(statusOf(failure) ?? 0) || TOO_MANY.test(String(failure.fields.error)) || isAwsError(failure, "ResourceNotFoundException"));
var clientConfig = ({ region, endpoint, credentials }, secureContext) => ({
  ...region === void 0 ? {} : { region },
  ...endpoint === void 0 ? {} : { endpoint },
  ...credentials === void 0 ? {} : {
    credentials: {
      accessKeyId: credentials.accessKeyId.reveal(),
      secretAccessKey: credentials.secretAccessKey.reveal(),
      ...credentials.sessionToken && { sessionToken: credentials.sessionToken.reveal() }
    }
  },
  maxAttempts: 1,
  requestHandler: {
    connectionTimeout: 1e4,
    requestTimeout: TIMEOUT,
    throwOnRequestTimeout: true,
    // A connection that nobody uses is gone soon: a frozen function must not find dead ones when it thaws.
    httpsAgent: { keepAlive: true, timeout: IDLE, ...secureContext && { secureContext } }
  }
});
function toAwsFailure(error, { action, on }) {
  if (isFailure(error)) return error;
  const { name = "Error", message = "", code, $metadata = {}, $response } = error;
  const status = $metadata.httpStatusCode ?? $response?.statusCode;
  const fields = { action, on, error: name, status, requestId: $metadata.requestId };
  const failure = (as, what) => new Failure(as, `${action} of ${on} ${what}`, { fields });
  if (status !== void 0) return failure(codeOf(name, status), explained(name, status, message, action));
  if (name === "CredentialsProviderError") return failure("DENIED", "was not sent: no AWS credentials were found");
  if (message.includes("Region is missing")) {
    return new Failure("CONFIG_INVALID", "no AWS region is known: set `region`, or AWS_REGION in the environment");
  }
  if (typeof code === "string" && code.startsWith("ERR_INVALID_")) {
    const why = "it would hold a character that no request may hold: look at the AWS credentials for a line break";
    return failure("CONFIG_INVALID", `was not sent: ${why} (${code})`);
  }
  const cause = typeof code === "string" ? code : name;
  if (typeof code === "string" || /Timeout|Abort/.test(name)) return failure("UNREACHABLE", `got no answer (${cause})`);
  return error;
}
function codeOf(name, status) {
  if (status === 501 || name === "NotImplemented") return "REJECTED";
  if (BAD_TIME.test(name) || TOO_MANY.test(name) || status === 429 || status === 408 || status >= 500)
    return "UNAVAILABLE";
  if (DENIED.test(name) || status === 401 || status === 403) return "DENIED";
  if (/NotFound|NoSuch|NonExistent|DoesNotExist/.test(name) || status === 404) return "NOT_FOUND";
  if (status === 409 || status === 412) return "CONFLICT";
  return status >= 400 ? "REJECTED" : "ANSWER_INVALID";
}
var TOO_MANY = /Throttl|TooManyRequests|RequestLimitExceeded|SlowDown|ThroughputExceeded/;
var BAD_TIME = /PriorRequestNotComplete|RequestTimeout$|ConditionalRequestConflict|OperationAborted/;
var DENIED = /AccessDenied|Unauthorized|AuthFailure|UnrecognizedClient|InvalidClientTokenId|InvalidAccessKeyId|Signature|ExpiredToken|RequestExpired|TooSkewed|OptInRequired|Authentication|KMSAccess|UserNotFound/;
function explained(name, status, message, action) {
  const was = `was refused with ${status} ${name}`;
  if (/TooSkewed/.test(name) || /Signature (expired|not yet current)/.test(message)) {
    return `${was}: the clock of this machine is wrong`;
  }
  if (/ExpiredToken|RequestExpired/.test(name)) return `${was}: the credentials have run out`;
  if (/InvalidAccessKeyId|UnrecognizedClient|InvalidClientTokenId|Signature|UserNotFound/.test(name)) {
    return `${was}: the credentials are not known there, or not for this region`;
  }
  if (/AccessDenied/.test(name) && /\bKMS\b|kms:/i.test(message)) return `${was}: the role may not use the KMS key`;
  if (/AccessDenied/.test(name)) return `${was}: allow the role ${action}`;
  if (status === 301 || name === "AuthorizationHeaderMalformed")
    return `${was}: it is in another region, set \`region\``;
  return codeOf(name, status) === "UNAVAILABLE" ? `failed with ${status} ${name}` : was;
}

export {
  awsOptions,
  openAws,
  withClient,
  isAwsError,
  statusOf
};
