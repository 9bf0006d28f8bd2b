import {
  noZone,
  zoneIds
} from "./chunk-DULJBT5T.mjs";
import "./chunk-IJ2VQZUO.mjs";
import "./chunk-RHEELVZU.mjs";
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
  bearer
} from "./chunk-GNHTNKVN.mjs";
import "./chunk-F655ZMJF.mjs";
import "./chunk-QSJQ3NHR.mjs";
import {
  Failure,
  isFailure
} from "./chunk-PJWNEZVU.mjs";

// lib/dns/drivers/netcup.ts
import * as v from "valibot";
var options = v.strictObject({
  apiKey: v.pipe(
    secretReference,
    oneLine,
    v.description("Reference to an API key of the customer control panel; a legacy API key is for the older API.")
  ),
  ...apiOptions
});
var facts = {
  provider: "netcup",
  documentation: "https://www.netcup.com/en/helpcenter/documentation/netcup-api",
  permission: "an API key of the customer control panel, which is not among the legacy API keys",
  twoValues: "a challenge each",
  ttl: void 0,
  note: "This is the API of 2026, which takes only names that begin with `_acme-challenge`: a CNAME must lead to such a name. Domains that netcup still serves by its older DNS cannot be written there, and those of the newer cannot be written by the older API."
};
var domainsAnswer = v.object({
  result: v.array(v.object({ id: numberId, fqdn: v.string(), isDnsManaged: v.boolean() }))
});
var challenge = v.object({ scope: v.string(), value: v.string() });
var challengesAnswer = v.object({
  result: v.union([
    v.array(challenge),
    v.pipe(
      challenge,
      v.transform((one) => [one])
    )
  ])
});
var driver = {
  options,
  facts,
  async open({ apiKey, endpoint = "https://api.netcup.com", caCertificate }, context) {
    const headers = { authorization: bearer(await context.resolve(apiKey)) };
    return provider(context.rest({ vendor: "netcup", endpoint, caCertificate, headers, isRefusal, explain }));
  }
};
function provider(rest) {
  const challengesOf = zoneIds((location) => challengesPath(location, rest));
  const pathOf = async (record) => {
    const scope = scopeOf(record);
    const part = scope === "@" ? scope : encodeURIComponent(scope);
    return `${await challengesOf(record)}/${part}/${encodeURIComponent(record.value)}`;
  };
  return {
    async check(location) {
      scopeOf(location);
      await challengesOf(location);
    },
    async addTxt(record) {
      if (await isThere(await pathOf(record), record.value, rest)) return;
      const body = { scope: scopeOf(record), value: record.value };
      await rest.call({ method: "POST", path: await challengesOf(record), body, answer: anyAnswer });
    },
    async removeTxt(record) {
      const path = await pathOf(record);
      if (!await isThere(path, record.value, rest)) return;
      try {
        await rest.call({ method: "DELETE", path, answer: anyAnswer });
      } catch (error) {
        if (!isFailure(error, "NOT_FOUND")) throw error;
      }
    }
  };
}
function scopeOf({ name, relativeName }) {
  const scope = /^_acme-challenge(?:\.(.+))?$/.exec(relativeName);
  if (scope !== null) return scope[1] ?? "@";
  throw new Failure("REJECTED", `netcup takes only names that begin with _acme-challenge, and ${name} does not`, {
    fields: { vendor: "netcup", name }
  });
}
async function isThere(path, value, rest) {
  try {
    const { result } = await rest.call({ method: "GET", path, answer: challengesAnswer });
    return result.some((each) => each.value === value);
  } catch (error) {
    if (isFailure(error, "NOT_FOUND")) return false;
    throw error;
  }
}
async function challengesPath(location, rest) {
  const { zone, provider: provider2 } = location;
  const domain = (await domainsAt(location, rest)).find(({ fqdn }) => fqdn.toLowerCase() === zone);
  if (domain === void 0) throw noZone("netcup", location);
  if (!domain.isDnsManaged) {
    const message = `netcup serves ${zone} by its older DNS or not at all: its records cannot be written by this API`;
    throw new Failure("DNS_NO_ZONE", message, { fields: { zone, provider: provider2 } });
  }
  return `/v1/domain/${domain.id}/acme/challenge`;
}
async function domainsAt(location, rest) {
  try {
    const path = `/v1/domain?${new URLSearchParams({ fqdn: location.zone })}`;
    return (await rest.call({ method: "GET", path, answer: domainsAnswer })).result;
  } catch (error) {
    throw isFailure(error, "NOT_FOUND") ? noZone("netcup", location, error) : error;
  }
}
var envelope = v.object({ success: v.literal(false) });
var isRefusal = (body) => safeParse(envelope, body).success;
var problem = v.object({ errors: v.array(v.object({ code: v.string(), message: v.fallback(v.string(), "") })) });
var explain = explainedBy(problem, ({ errors }) => {
  const reason = errors.map(({ code, message }) => `${message} (${code})`).join("; ");
  const isAny = (known) => errors.some(({ code }) => code === known);
  if (isAny("authenticationError")) return { code: "DENIED", reason };
  return isAny("resourceDoesNotExist") ? { code: "NOT_FOUND", reason } : { reason };
});
export {
  driver
};
