import {
  unquoted
} from "./chunk-ZOSONG72.mjs";
import {
  recordsProvider
} from "./chunk-P3WURF3N.mjs";
import {
  noZone
} from "./chunk-DULJBT5T.mjs";
import "./chunk-IJ2VQZUO.mjs";
import {
  lazy
} from "./chunk-RHEELVZU.mjs";
import {
  inTurns
} from "./chunk-KNYWYU3O.mjs";
import {
  anyAnswer,
  explainedBy
} from "./chunk-RLQUZ55U.mjs";
import "./chunk-Q6T3FSH7.mjs";
import "./chunk-YS4H5Z3U.mjs";
import {
  apiOptions,
  secretReference
} from "./chunk-UFLIPYBE.mjs";
import "./chunk-JH5P2E6J.mjs";
import "./chunk-AX7UU63R.mjs";
import {
  Secret,
  bearer
} from "./chunk-GNHTNKVN.mjs";
import "./chunk-F655ZMJF.mjs";
import {
  MINUTE,
  SECOND
} from "./chunk-QSJQ3NHR.mjs";
import {
  Failure,
  isFailure
} from "./chunk-PJWNEZVU.mjs";

// lib/dns/drivers/transip.ts
import { createPrivateKey, randomUUID, sign } from "node:crypto";
import * as v from "valibot";
var options = v.strictObject({
  login: v.pipe(v.string(), v.nonEmpty(), v.description("The user name with which one logs in to the control panel.")),
  privateKey: v.pipe(
    secretReference,
    v.description("Reference to the private key of a key pair for the API, in PEM as the control panel shows it.")
  ),
  ...apiOptions
});
var facts = {
  provider: "TransIP",
  documentation: "https://api.transip.eu/rest/docs.html",
  permission: "a key pair that takes any IP address; it may do whatever the account can do",
  twoValues: "a record each",
  ttl: 60,
  note: "For each run newleaf signs for a token of 30 minutes with the private key, which itself is sent nowhere. While TransIP saves a zone it refuses all else about it, and is asked again some seconds later."
};
var tokenAnswer = v.object({ token: v.string() });
var entriesAnswer = v.object({
  dnsEntries: v.array(v.object({ name: v.string(), expire: v.number(), type: v.string(), content: v.string() }))
});
var driver = {
  options,
  facts,
  async open({ login, privateKey, endpoint = "https://api.transip.nl", caCertificate }, context) {
    const key = keyOf(await context.resolve(privateKey));
    const about = { vendor: "TransIP", endpoint, caCertificate, explain };
    const unnamed = context.rest({ ...about, headers: {} });
    const session = renewed(context.clock, async () => {
      const headers = { authorization: bearer(await requestToken(login, key, unnamed)) };
      return context.rest({ ...about, headers });
    });
    const turn = inTurns(1);
    return provider({
      call: (request) => turn(async () => whileSaving(await session(), context).call(request))
    });
  }
};
function renewed(clock, open) {
  let [session, end] = [lazy(open), 0];
  return () => {
    const now = clock.now().getTime();
    if (now >= end) [session, end] = [lazy(open), now + 25 * MINUTE];
    return session();
  };
}
async function requestToken(login, key, rest) {
  const nonce = randomUUID().replaceAll("-", "");
  const body = { login, nonce, expiration_time: "30 minutes", global_key: true };
  const signature = sign("sha512", Buffer.from(JSON.stringify(body)), key).toString("base64");
  const { token } = await rest.call({
    method: "POST",
    path: "/v6/auth",
    headers: { signature },
    body,
    answer: tokenAnswer
  });
  return new Secret(token);
}
function keyOf(pem) {
  try {
    return createPrivateKey(pem.reveal());
  } catch {
    throw new Failure(
      "CONFIG_INVALID",
      "the private key for TransIP is none in PEM: take it as the control panel shows it"
    );
  }
}
var SAVES = { pause: 2 * SECOND, tries: 10 };
var whileSaving = (rest, { clock, timeLeft }) => ({
  async call(request) {
    for (let attempt = 1; ; attempt++) {
      try {
        return await rest.call(request);
      } catch (error) {
        if (!isFailure(error, "CONFLICT") || attempt >= SAVES.tries || timeLeft() <= SAVES.pause) throw error;
        await clock.sleep(SAVES.pause);
      }
    }
  }
});
var pathOf = ({ zone }) => `/v6/domains/${encodeURIComponent(zone)}/dns`;
var nameOf = ({ relativeName }) => relativeName || "@";
function provider(rest) {
  return recordsProvider({
    async list(location) {
      const { dnsEntries } = await readZone(location, rest);
      return dnsEntries.filter(({ type, name }) => type === "TXT" && name.toLowerCase() === nameOf(location)).map((entry) => ({ id: entry, value: unquoted(entry.content) }));
    },
    async add(record) {
      const dnsEntry = { name: nameOf(record), expire: facts.ttl, type: "TXT", content: record.value };
      await rest.call({ method: "POST", path: pathOf(record), body: { dnsEntry }, answer: anyAnswer });
    },
    async remove(record, dnsEntry) {
      await rest.call({ method: "DELETE", path: pathOf(record), body: { dnsEntry }, answer: anyAnswer });
    }
  });
}
async function readZone(location, rest) {
  try {
    return await rest.call({ method: "GET", path: pathOf(location), answer: entriesAnswer });
  } catch (error) {
    throw isFailure(error, "NOT_FOUND") ? noZone("TransIP", location, error) : error;
  }
}
var said = explainedBy(v.object({ error: v.string() }), ({ error }) => ({ reason: error }));
function explain(status, body, headers) {
  const reset = headers["x-rate-limit-reset"];
  const isOver = status === 429 && reset !== void 0 && /^\d{1,10}$/.test(reset);
  return { ...said(status, body), retryAfter: isOver ? new Date(Number(reset) * SECOND) : void 0 };
}
export {
  driver,
  entriesAnswer,
  tokenAnswer
};
