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
  anyAnswer,
  explainedBy,
  numberId
} from "./chunk-RLQUZ55U.mjs";
import "./chunk-Q6T3FSH7.mjs";
import "./chunk-YS4H5Z3U.mjs";
import {
  apiOptions,
  oneLine,
  secretReference
} from "./chunk-UFLIPYBE.mjs";
import {
  safeParse
} from "./chunk-JH5P2E6J.mjs";
import "./chunk-AX7UU63R.mjs";
import {
  Secret
} from "./chunk-GNHTNKVN.mjs";
import "./chunk-F655ZMJF.mjs";
import "./chunk-QSJQ3NHR.mjs";
import {
  Failure,
  isFailure
} from "./chunk-PJWNEZVU.mjs";

// lib/dns/drivers/inwx.ts
import * as v from "valibot";
var options = v.strictObject({
  username: v.pipe(v.string(), v.nonEmpty(), v.description("The user name of the account, or of a sub-user of it.")),
  password: v.pipe(secretReference, oneLine, v.description("Reference to the password of that user.")),
  ...apiOptions
});
var facts = {
  provider: "INWX",
  documentation: "https://www.inwx.com/en/help/apidoc",
  permission: "a sub-user that may manage name servers alone, without two-factor authentication",
  twoValues: "a record each",
  ttl: 300,
  note: "INWX takes each code of a two-factor authentication once, so that two runs could not log in side by side: newleaf logs in with a password alone, as a sub-user that has no second factor. `endpoint` is `https://api.ote.domrobot.com` for the test environment."
};
var status = v.object({ code: v.number(), msg: v.fallback(v.string(), ""), reason: v.fallback(v.string(), "") });
var infoAnswer = v.object({
  resData: v.object({
    record: v.optional(
      v.array(
        v.object({
          id: v.union([v.pipe(v.string(), v.regex(/^\d{1,20}$/)), numberId]),
          name: v.string(),
          type: v.string(),
          content: v.string()
        })
      ),
      []
    )
  })
});
var loginAnswer = v.object({
  headers: v.object({
    "set-cookie": v.pipe(
      v.string(),
      v.transform((cookies) => /\bdomrobot=[\w-]+/.exec(cookies)?.[0]),
      v.string()
    )
  }),
  body: v.object({ resData: v.object({ tfa: v.optional(v.union([v.string(), v.number()]), "0") }) })
});
var driver = {
  options,
  facts,
  async open({ username, password, endpoint = "https://api.domrobot.com", caCertificate }, context) {
    const about = { vendor: "INWX", endpoint, caCertificate, isRefusal };
    const rest = context.rest({ ...about, headers: {}, explain: explainWith(() => "") });
    const user = { user: username, pass: (await context.resolve(password)).reveal() };
    return provider(
      lazy(async () => {
        const headers = { cookie: await logIn(user, rest) };
        return context.rest({ ...about, headers, explain: explainWith(({ reason }) => reason) });
      })
    );
  }
};
var request = (method, params) => ({ method: "POST", path: "/jsonrpc/", body: { method, params } });
async function logIn(user, rest) {
  const login = request("account.login", { ...user, lang: "en" });
  const { headers, body } = await rest.call({ ...login, answer: loginAnswer, withHeaders: true });
  if (`${body.resData.tfa}` !== "0") throw secondFactor(user.user);
  return new Secret(headers["set-cookie"]);
}
function provider(session) {
  return recordsProvider({
    async list(location) {
      const { resData } = await readZone(location, await session());
      return resData.record.filter(({ type, name }) => type === "TXT" && name.toLowerCase() === location.name).map(({ id, content }) => ({ id, value: unquoted(content) }));
    },
    async add({ zone: domain, name, value: content }) {
      const record = { domain, name, type: "TXT", content, ttl: facts.ttl };
      try {
        await (await session()).call({ ...request("nameserver.createRecord", record), answer: anyAnswer });
      } catch (error) {
        if (!isFailure(error, "CONFLICT")) throw error;
      }
    },
    async remove(_record, id) {
      await (await session()).call({ ...request("nameserver.deleteRecord", { id }), answer: anyAnswer });
    }
  });
}
async function readZone(location, rest) {
  const { zone: domain, name } = location;
  try {
    return await rest.call({ ...request("nameserver.info", { domain, type: "TXT", name }), answer: infoAnswer });
  } catch (error) {
    throw isFailure(error, "NOT_FOUND") ? noZone("INWX", location, error) : error;
  }
}
var secondFactor = (user) => new Failure(
  "DENIED",
  `INWX wants a second factor of the user ${user}: use a sub-user that may manage name servers and has none`,
  { fields: { vendor: "INWX" } }
);
function isRefusal(body) {
  const read = safeParse(status, body);
  return read.success && (read.output.code < 1e3 || read.output.code > 1999);
}
var CODES = {
  2200: "DENIED",
  2201: "DENIED",
  2202: "DENIED",
  2302: "CONFLICT",
  2303: "NOT_FOUND",
  2400: "UNAVAILABLE",
  2500: "UNAVAILABLE",
  2501: "DENIED",
  2502: "UNAVAILABLE"
};
var explainWith = (more) => explainedBy(status, (said) => {
  const { code, msg } = said;
  const reason = [`${msg} (${code})`, more(said)].filter((text) => text !== "").join(": ");
  return { code: CODES[code] ?? "REJECTED", reason };
});
export {
  driver,
  infoAnswer
};
