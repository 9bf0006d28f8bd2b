import {
  explainedBy
} from "./chunk-RLQUZ55U.mjs";
import {
  Secret,
  bearer
} from "./chunk-GNHTNKVN.mjs";
import {
  MINUTE,
  after
} from "./chunk-QSJQ3NHR.mjs";

// lib/platform/access-tokens.ts
import * as v from "valibot";
var BEFORE_EXPIRY = MINUTE;
function accessTokens({ vendor, url, caCertificate, grant }, { clock, rest: open }) {
  const { origin, pathname } = new URL(url);
  const rest = open({ vendor, endpoint: origin, caCertificate, headers: {}, explain });
  let held;
  let fetching;
  const isFresh = ({ expires }) => after(clock.now(), BEFORE_EXPIRY) < expires;
  async function fetch() {
    try {
      held = await issue(rest, { path: pathname, form: grant() }, clock);
      return held;
    } finally {
      fetching = void 0;
    }
  }
  return {
    async current() {
      if (held !== void 0 && isFresh(held)) return held.header;
      fetching ??= fetch();
      return (await fetching).header;
    },
    discard(refused) {
      if (held?.header === refused) held = void 0;
    }
  };
}
var tokenAnswer = v.object({
  access_token: v.pipe(v.string(), v.regex(/^[\x21-\x7e]{1,16384}$/)),
  token_type: v.pipe(v.string(), v.regex(/^bearer$/i)),
  expires_in: v.pipe(v.number(), v.minValue(0))
});
async function issue(rest, request, clock) {
  const asked = clock.now();
  const issued = await rest.call({ ...request, method: "POST", answer: tokenAnswer });
  return { header: bearer(new Secret(issued.access_token)), expires: after(asked, issued.expires_in * 1e3) };
}
var problem = v.object({ error: v.string(), error_description: v.fallback(v.string(), "") });
var NOT_LET_IN = ["access_denied", "invalid_client", "invalid_grant", "unauthorized_client"];
var explain = explainedBy(problem, ({ error, error_description }) => {
  const reason = error_description === "" ? error : `${error}: ${error_description}`;
  return NOT_LET_IN.includes(error) ? { code: "DENIED", reason } : { reason };
});

export {
  accessTokens
};
