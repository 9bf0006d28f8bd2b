import {
  settled
} from "./chunk-EHVUBVU3.mjs";
import {
  recordSetsProvider
} from "./chunk-5Q3W7Y4P.mjs";
import {
  quoted,
  unquoted
} from "./chunk-ZOSONG72.mjs";
import {
  noZone,
  zoneIds
} from "./chunk-DULJBT5T.mjs";
import "./chunk-IJ2VQZUO.mjs";
import "./chunk-RHEELVZU.mjs";
import "./chunk-KNYWYU3O.mjs";
import {
  requireTime
} from "./chunk-OL4MPUJQ.mjs";
import {
  explainedBy,
  numberId
} from "./chunk-RLQUZ55U.mjs";
import "./chunk-Q6T3FSH7.mjs";
import "./chunk-YS4H5Z3U.mjs";
import {
  tokenOptions
} from "./chunk-UFLIPYBE.mjs";
import "./chunk-JH5P2E6J.mjs";
import "./chunk-AX7UU63R.mjs";
import {
  bearer
} from "./chunk-GNHTNKVN.mjs";
import "./chunk-F655ZMJF.mjs";
import {
  SECOND
} from "./chunk-QSJQ3NHR.mjs";
import {
  Failure,
  isFailure
} from "./chunk-PJWNEZVU.mjs";

// lib/dns/drivers/hetzner.ts
import * as v from "valibot";
var options = v.strictObject(tokenOptions("Reference to an API token with the permission Read & Write."));
var facts = {
  provider: "Hetzner",
  documentation: "https://docs.hetzner.cloud/reference/cloud#zone-rrset-actions",
  permission: "an API token with the permission `Read & Write`, of the project that holds the zones",
  twoValues: "records are added to the set at the name, and removed from it, one by one",
  ttl: 60,
  note: "This is the DNS of the Cloud API; tokens of the DNS Console, which is shut down, are not taken. A token may change all that is in its project: a project for the zones alone keeps servers out of its reach. A set that stands there already keeps its TTL."
};
var zoneAnswer = v.object({ zone: v.object({ id: numberId, mode: v.string() }) });
var recordSet = v.object({
  name: v.string(),
  type: v.string(),
  ttl: v.nullish(v.number()),
  records: v.array(v.object({ value: v.string() }))
});
var setsAnswer = v.object({ rrsets: v.array(recordSet) });
var actionAnswer = v.object({
  action: v.object({
    id: numberId,
    status: v.string(),
    error: v.nullish(v.object({ code: v.string(), message: v.string() }))
  })
});
var driver = {
  options,
  facts,
  async open({ token, endpoint = "https://api.hetzner.cloud", caCertificate }, context) {
    const headers = { authorization: bearer(await context.resolve(token)) };
    return provider(context.rest({ vendor: "Hetzner", endpoint, caCertificate, headers, explain }), context);
  }
};
function provider(rest, time) {
  const setsOf = zoneIds((location) => setsPath(location, rest));
  return recordSetsProvider({
    check: setsOf,
    async read(location) {
      const name = nameOf(location);
      const path = `${await setsOf(location)}?${new URLSearchParams({ type: "TXT", name })}`;
      const { rrsets } = await rest.call({ method: "GET", path, answer: setsAnswer });
      const version = rrsets.find((each) => each.type === "TXT" && each.name.toLowerCase() === name);
      return { values: (version?.records ?? []).map(({ value }) => unquoted(value)), version };
    },
    async write(location, values, { values: before, version }) {
      const path = `${await setsOf(location)}/${encodeURIComponent(nameOf(location))}/TXT/actions`;
      const gone = (version?.records ?? []).filter(({ value }) => !values.includes(unquoted(value)));
      if (gone.length > 0) await change(`${path}/remove_records`, { records: gone }, rest, time);
      const fresh = values.filter((value) => !before.includes(value)).map((value) => ({ value: quoted(value) }));
      if (fresh.length > 0) await change(`${path}/add_records`, { ...ttlFor(version), records: fresh }, rest, time);
    }
  });
}
var nameOf = ({ relativeName }) => relativeName || "@";
var ttlFor = (set) => set === void 0 ? { ttl: facts.ttl } : set.ttl == null ? {} : { ttl: set.ttl };
async function setsPath(location, rest) {
  const { zone: name, provider: provider2 } = location;
  const { id, mode } = await readZone(location, rest);
  if (mode === "primary") return `/v1/zones/${id}/rrsets`;
  throw new Failure("DNS_NO_ZONE", `Hetzner holds ${name} as a secondary only: its records are written elsewhere`, {
    fields: { zone: name, provider: provider2 }
  });
}
async function readZone(location, rest) {
  const path = `/v1/zones/${encodeURIComponent(location.zone)}`;
  try {
    return (await rest.call({ method: "GET", path, answer: zoneAnswer })).zone;
  } catch (error) {
    throw isFailure(error, "NOT_FOUND") ? noZone("Hetzner", location, error) : error;
  }
}
var PAUSE = 2 * SECOND;
async function change(path, body, rest, time) {
  const first = await begun(path, body, rest, time);
  const again = { method: "GET", path: `/v1/zones/actions/${first.action.id}`, answer: actionAnswer };
  const { action } = await settled(
    first,
    { vendor: "Hetzner", isPending: ({ action: action2 }) => action2.status === "running", read: () => rest.call(again) },
    time
  );
  if (action.status === "success") return;
  const reason = action.error == null ? "" : `: ${action.error.message} (${action.error.code})`;
  throw new Failure("UNAVAILABLE", `Hetzner could not carry out a change of TXT records${reason}`);
}
async function begun(path, body, rest, { clock, timeLeft }) {
  try {
    return await rest.call({ method: "POST", path, body, answer: actionAnswer });
  } catch (error) {
    if (!isFailure(error, "CONFLICT")) throw error;
    requireTime(timeLeft, PAUSE);
    await clock.sleep(PAUSE);
    throw error;
  }
}
var problem = v.object({ error: v.object({ code: v.string(), message: v.string() }) });
var READ_AGAIN = ["locked", "conflict", "uniqueness_error"];
var explain = explainedBy(problem, ({ error: { code, message } }) => {
  const reason = `${message} (${code})`;
  return READ_AGAIN.includes(code) ? { code: "CONFLICT", reason } : { reason };
});
export {
  actionAnswer,
  driver,
  setsAnswer,
  zoneAnswer
};
