import {
  explainedBy,
  textId
} from "./chunk-RLQUZ55U.mjs";
import "./chunk-Q6T3FSH7.mjs";
import "./chunk-YS4H5Z3U.mjs";
import {
  apiOptions,
  endpointUrl,
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

// lib/dns/drivers/acme-dns.ts
import * as v from "valibot";
var options = v.strictObject({
  endpoint: v.pipe(endpointUrl, v.description("Address of the server\u2019s API; /update is called below it.")),
  accounts: v.pipe(
    secretReference,
    v.description("Reference to the accounts as JSON: what /register answered, or such answers by their domains.")
  ),
  caCertificate: apiOptions.caCertificate
});
var facts = {
  provider: "acme-dns",
  documentation: "https://github.com/joohoi/acme-dns#api",
  permission: "an account for each name, which may change nothing else; `allowfrom` limits who may use it",
  twoValues: "an update takes the place of the older of two",
  ttl: void 0,
  note: 'Register an account for each name and point `_acme-challenge` there with a CNAME. `accounts` is the file that other clients keep: `{"shop.example.com": {"fulldomain": "\u2026", "subdomain": "\u2026", "username": "\u2026", "password": "\u2026"}}`. An account holds two values, enough for a name and its wildcard: more names of a certificate that share it are validated in turns, and a third value of several certificates is refused until one of them has been looked at. There is no request that removes a value or changes nothing: values stay until others take their place, and only the accounts are looked up before an order.'
};
var account = v.object({
  fulldomain: v.pipe(v.string(), v.toLowerCase()),
  subdomain: textId,
  username: textId,
  password: v.pipe(v.string(), v.regex(/^[!-~]{1,200}$/))
});
var accountsSchema = v.union([
  v.pipe(
    account,
    v.transform((one) => [one])
  ),
  v.pipe(
    v.record(v.string(), account),
    v.transform((all) => Object.values(all))
  )
]);
var updated = v.object({ txt: v.string() });
var MOST_VALUES = 2;
var driver = {
  options,
  facts,
  async open({ endpoint, accounts, caCertificate }, context) {
    const known = accountsOf((await context.resolve(accounts)).reveal());
    const clientOf = ({ username, password }) => {
      const headers = { "x-api-user": new Secret(username), "x-api-key": new Secret(password) };
      return context.rest({ vendor: "acme-dns", endpoint, caCertificate, headers, explain });
    };
    return provider(known.map((each) => ({ ...each, rest: clientOf(each), values: /* @__PURE__ */ new Map() })));
  }
};
function provider(accounts) {
  const accountOf = (location) => {
    const found = accounts.find(({ fulldomain }) => fulldomain.replace(/\.$/, "") === location.name);
    if (found === void 0) throw noAccount(location);
    return found;
  };
  const update = async ({ rest, subdomain, values }, txt) => {
    await rest.call({ method: "POST", path: "/update", body: { subdomain, txt }, answer: updated });
    values.set(txt, true);
  };
  return {
    check: async (location) => void accountOf(location),
    capacity: async (location) => ({ key: accountOf(location).fulldomain, most: MOST_VALUES }),
    async addTxt(record2) {
      const account2 = accountOf(record2);
      const { values } = account2;
      if (values.get(record2.value)) return;
      const isSecondTry = values.has(record2.value);
      if (!isSecondTry && values.size >= MOST_VALUES) throw full(record2);
      values.set(record2.value, false);
      try {
        await update(account2, record2.value);
      } catch (error) {
        if (!isSecondTry && isFailure(error, "DENIED", "REJECTED")) values.delete(record2.value);
        throw error;
      }
      if (isSecondTry) {
        for (const other of values.keys()) if (other !== record2.value) await update(account2, other);
      }
    },
    /** The server has no such request: its place is free for another value. */
    async removeTxt(record2) {
      accountOf(record2).values.delete(record2.value);
    }
  };
}
function accountsOf(text) {
  const read = safeParse(accountsSchema, parsed(text));
  if (read.success) return read.output;
  throw new Failure(
    "CONFIG_INVALID",
    "the accounts of the DNS driver acme-dns are not what /register answers, in JSON: fulldomain, subdomain, username and password, or such objects by their domains"
  );
}
function parsed(text) {
  try {
    return JSON.parse(text);
  } catch {
    return void 0;
  }
}
var noAccount = ({ name, zone, provider: provider2 }) => new Failure(
  "DNS_NO_ZONE",
  `no account of the DNS provider ${provider2} has the fulldomain ${name}: register one, and point the CNAME at _acme-challenge to its fulldomain`,
  { fields: { zone, provider: provider2 } }
);
var full = ({ name }) => new Failure(
  "CONFLICT",
  `${name} needs a third value at once, and acme-dns holds two: give names of several certificates accounts of their own`,
  { fields: { name } }
);
var problem = v.object({ error: v.string() });
var explain = explainedBy(problem, (said) => ({ reason: said.error }));
export {
  driver
};
