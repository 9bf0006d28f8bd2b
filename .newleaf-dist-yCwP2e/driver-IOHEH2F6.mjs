import {
  recordSetsProvider
} from "./chunk-5Q3W7Y4P.mjs";
import {
  unquoted
} from "./chunk-ZOSONG72.mjs";
import {
  noZone
} from "./chunk-DULJBT5T.mjs";
import "./chunk-IJ2VQZUO.mjs";
import "./chunk-RHEELVZU.mjs";
import {
  oneByOne
} from "./chunk-KNYWYU3O.mjs";
import {
  codeOf
} from "./chunk-RLQUZ55U.mjs";
import {
  withoutCredentials
} from "./chunk-Q6T3FSH7.mjs";
import {
  retryAfter
} from "./chunk-YS4H5Z3U.mjs";
import {
  apiOptions,
  oneLine,
  secretReference
} from "./chunk-UFLIPYBE.mjs";
import {
  safeParse
} from "./chunk-JH5P2E6J.mjs";
import "./chunk-AX7UU63R.mjs";
import "./chunk-GNHTNKVN.mjs";
import {
  retrySoon
} from "./chunk-F655ZMJF.mjs";
import "./chunk-QSJQ3NHR.mjs";
import {
  Failure,
  isFailure
} from "./chunk-PJWNEZVU.mjs";

// lib/dns/drivers/namecheap/driver.ts
import * as v2 from "valibot";

// lib/dns/drivers/namecheap/client.ts
import * as v from "valibot";

// lib/dns/drivers/namecheap/xml.ts
var START = /^\uFEFF?\s*(?:<\?xml\s[^?<>]*\?>)?\s*/;
var TAG = /<(\/?)([A-Za-z][\w.-]*)((?:\s+[A-Za-z][\w.:-]*="[^"<]*")*)\s*(\/?)>/y;
var TEXT = /[^<]+/y;
function readXml(xml) {
  const open = [];
  let position = START.exec(xml)?.[0].length ?? 0;
  while (position < xml.length) {
    const [text] = matchAt(TEXT, xml, position) ?? [];
    const decoded = text === void 0 ? "" : decode(text);
    const top = open.at(-1);
    if (decoded === void 0 || top === void 0 && decoded.trim() !== "") return void 0;
    if (top !== void 0) top.text += decoded;
    position += text?.length ?? 0;
    const [tag = "", isEnd, name = "", pairs = "", isEmpty] = matchAt(TAG, xml, position) ?? [];
    position += tag.length;
    if (tag === "" || isEnd && (top?.name !== name || pairs !== "" || isEmpty)) return void 0;
    const element = isEnd ? open.pop() : begun(name, pairs);
    if (element === void 0) return void 0;
    if (!isEnd) top?.children.push(element);
    if (!isEnd && !isEmpty) open.push(element);
    if (open.length === 0) return xml.slice(position).trim() === "" ? element : void 0;
  }
  return void 0;
}
function matchAt(pattern, text, position) {
  pattern.lastIndex = position;
  return pattern.exec(text);
}
function begun(name, pairs) {
  const attributes = {};
  for (const [, attribute = "", value = ""] of pairs.matchAll(/([\w.:-]+)="([^"]*)"/g)) {
    const decoded = decode(value);
    if (decoded === void 0 || Object.hasOwn(attributes, attribute)) return void 0;
    attributes[attribute] = decoded;
  }
  return { name, attributes, children: [], text: "" };
}
var NAMED = { amp: "&", lt: "<", gt: ">", quot: '"', apos: "'" };
var KNOWN = /&(?:(amp|lt|gt|quot|apos)|#(\d{1,7})|#x([\da-fA-F]{1,6}));/g;
function decode(text) {
  if (text.replace(KNOWN, "").includes("&")) return void 0;
  try {
    return text.replace(
      KNOWN,
      (_all, name, decimal, hex) => name === void 0 ? String.fromCodePoint(decimal ? Number(decimal) : Number.parseInt(hex, 16)) : NAMED[name] ?? ""
    );
  } catch {
    return void 0;
  }
}

// lib/dns/drivers/namecheap/client.ts
var host = v.object({
  Name: v.string(),
  Type: v.picklist(["A", "AAAA", "ALIAS", "CAA", "CNAME", "MX", "MXE", "NS", "TXT", "URL", "URL301", "FRAME"]),
  Address: v.string(),
  MXPref: v.pipe(v.string(), v.regex(/^\d{1,5}$/)),
  TTL: v.pipe(v.string(), v.regex(/^\d{1,7}$/))
});
var zoneElement = v.object({
  attributes: v.object({
    EmailType: v.pipe(v.string(), v.regex(/^[A-Z]{1,20}$/)),
    IsUsingOurDNS: v.picklist(["true", "false"])
  }),
  children: v.array(v.object({ name: v.pipe(v.string(), v.regex(/^host$/i)), attributes: host }))
});
function createClient(http, caller) {
  async function call(command, parameters) {
    const { endpoint, apiUser, apiKey, clientIp } = caller;
    const who = { ApiUser: apiUser, ApiKey: apiKey.reveal(), UserName: apiUser, ClientIp: clientIp };
    const body = `${new URLSearchParams({ ...who, Command: command, ...parameters })}`;
    const headers = { "content-type": "application/x-www-form-urlencoded" };
    const response = await http.send({ method: "POST", url: `${endpoint}/xml.response`, headers, body });
    return resultOf(command, response, apiKey);
  }
  return {
    async getHosts(location) {
      const result = await call("namecheap.domains.dns.getHosts", nameOf(location));
      const read = safeParse(zoneElement, result);
      if (!read.success) throw unknownZone(location);
      const { EmailType: emailType, IsUsingOurDNS } = read.output.attributes;
      const hosts = read.output.children.map(({ attributes }) => attributes);
      return { emailType, isServedHere: IsUsingOurDNS === "true", hosts };
    },
    async setHosts(location, { emailType, hosts }) {
      const rows = hosts.flatMap(
        ({ Name, Type, Address, MXPref, TTL }, index) => Object.entries({ HostName: Name, RecordType: Type, Address, MXPref, TTL }).map(
          ([field, value]) => [`${field}${index + 1}`, value]
        )
      );
      const parameters = { ...nameOf(location), EmailType: emailType, ...Object.fromEntries(rows) };
      const { attributes } = await call("namecheap.domains.dns.setHosts", parameters);
      if (attributes.IsSuccess !== "true")
        throw invalid("namecheap.domains.dns.setHosts", "something else than success");
    }
  };
}
function nameOf({ zone }) {
  const [SLD = ""] = zone.split(".", 1);
  return { SLD, TLD: zone.slice(SLD.length + 1) };
}
function resultOf(command, { status, headers, body, receivedAt }, key) {
  const fields = { vendor: "Namecheap", status };
  if (status !== 200) {
    const details = { fields, retryAfter: retryAfter(headers, receivedAt) };
    throw new Failure(codeOf(status), `Namecheap answered ${command} with ${status}`, details);
  }
  const root = readXml(body);
  const child = (name) => root?.children.find((each) => each.name === name)?.children ?? [];
  if (root?.name !== "ApiResponse") throw invalid(command, "something else than its XML");
  const [error] = child("Errors");
  if (error !== void 0 || root.attributes.Status !== "OK") {
    const { attributes: { Number: number = "?" } = {}, text = "" } = error ?? {};
    const said = withoutCredentials(`${text.trim()} (${number})`, [key]);
    throw new Failure(codeOfNumber(number), `Namecheap refused ${command}: ${said}`, { fields: { ...fields, number } });
  }
  const [result, ...others] = child("CommandResponse");
  if (result === void 0 || others.length > 0) throw invalid(command, "something else than one result");
  return result;
}
function codeOfNumber(number) {
  if (/^10/.test(number)) return "DENIED";
  if (/^(2019166|2016166)$/.test(number)) return "NOT_FOUND";
  return /^5/.test(number) ? "UNAVAILABLE" : "REJECTED";
}
var invalid = (command, what) => new Failure("ANSWER_INVALID", `Namecheap answered ${command} with ${what}`, { fields: { vendor: "Namecheap" } });
var unknownZone = ({ zone, provider: provider2 }) => new Failure(
  "REJECTED",
  `Namecheap shows something in ${zone} that newleaf does not know how to write again: nothing is written, so that nothing gets lost`,
  { fields: { vendor: "Namecheap", zone, provider: provider2 } }
);

// lib/dns/drivers/namecheap/driver.ts
var options = v2.strictObject({
  apiUser: v2.pipe(v2.string(), v2.nonEmpty(), v2.description("The user name of the account.")),
  apiKey: v2.pipe(secretReference, oneLine, v2.description("Reference to the API key of the account.")),
  clientIp: v2.pipe(
    v2.string(),
    v2.ipv4("expected an IPv4 address"),
    v2.description("The IPv4 address from which newleaf calls, as it stands in the list of allowed addresses.")
  ),
  ...apiOptions
});
var facts = {
  provider: "Namecheap",
  documentation: "https://www.namecheap.com/support/api/methods/domains-dns/set-hosts/",
  permission: "the API key of the account, which may do whatever the account can do; its caller\u2019s address must be allowed",
  twoValues: "the whole zone is read and written again, which the API does under no condition",
  ttl: 300,
  note: "Namecheap takes calls only from IPv4 addresses that are listed with the account under \u201CWhitelisted IPs\u201D: run newleaf from cron on a machine, or behind a gateway, with a fixed address. A change writes all records of the zone again, as they were read just before, and the setting of its mail with them; what somebody else changes between the two is lost. Afterwards the zone is read again: a value of ours that is not there is written again, and a record that is missing is reported. A zone that is shown empty, or with something that newleaf does not know, is left alone."
};
var driver = {
  options,
  facts,
  async open({ apiUser, apiKey, clientIp, endpoint = "https://api.namecheap.com", caCertificate }, context) {
    const caller = { endpoint, apiUser, apiKey: await context.resolve(apiKey), clientIp };
    return provider(createClient(context.http(caCertificate), caller), context);
  }
};
function provider(client, context) {
  const read = async (location) => {
    const version = await readZone(location, client, context);
    return { values: version.hosts.filter(isAt(location)).map(textOf), version };
  };
  const { addTxt, removeTxt, ...others } = recordSetsProvider({
    async check(location) {
      const { version } = await read(location);
      if (version.hosts.length === 0) throw emptyZone(location);
    },
    read,
    async write(location, values, { values: before, version }) {
      const stay = version.hosts.filter((each) => !isAt(location)(each) || values.includes(textOf(each)));
      const fresh = values.filter((value) => !before.includes(value)).map((value) => hostOf(location, value));
      const hosts = [...stay, ...fresh];
      if (version.hosts.length === 0 || hosts.length === 0) throw emptyZone(location);
      await client.setHosts(location, { ...version, hosts });
      const after = await read(location);
      if (`${[...after.values].sort()}` !== `${[...values].sort()}`) throw overtaken(location);
      if (after.version.hosts.length < hosts.length) throw shrunk(location, after.version.hosts.length, hosts.length);
    }
  });
  const turns = oneByOne();
  return {
    ...others,
    // A zone is written at once, whatever the names in it.
    addTxt: (record) => turns(record.zone, () => addTxt(record)),
    removeTxt: (record) => turns(record.zone, () => removeTxt(record))
  };
}
var nameOf2 = ({ relativeName }) => relativeName || "@";
var textOf = ({ Address }) => unquoted(Address);
var isAt = (location) => ({ Name, Type }) => Type === "TXT" && Name.toLowerCase() === nameOf2(location);
var hostOf = (location, value) => ({
  Name: nameOf2(location),
  Type: "TXT",
  Address: value,
  MXPref: "10",
  TTL: `${facts.ttl}`
});
async function readZone(location, client, context) {
  try {
    const zone2 = await retrySoon(() => client.getHosts(location), context);
    if (zone2.isServedHere) return zone2;
  } catch (error) {
    throw isFailure(error, "NOT_FOUND") ? noZone("Namecheap", location, error) : error;
  }
  const { zone, provider: provider2 } = location;
  const message = `Namecheap holds ${zone} and does not serve it: its records are written at its own name servers`;
  throw new Failure("DNS_NO_ZONE", message, { fields: { zone, provider: provider2 } });
}
var emptyZone = ({ zone, provider: provider2 }) => new Failure(
  "REJECTED",
  `Namecheap shows no record in ${zone}, or would show none after this change: nothing is written, so that nothing gets lost; keep one record of any kind there`,
  { fields: { zone, provider: provider2 } }
);
var shrunk = ({ zone, provider: provider2 }, shown, written) => new Failure(
  "REJECTED",
  `Namecheap shows ${shown} of the ${written} records that were written in ${zone}: see which of them is missing`,
  { fields: { zone, provider: provider2 } }
);
var overtaken = ({ name }) => new Failure("CONFLICT", `somebody else has written the zone of ${name} at the same time`, { fields: { name } });
export {
  driver
};
