import {
  everyPage
} from "./chunk-OMQYQBD3.mjs";
import {
  safeParse
} from "./chunk-JH5P2E6J.mjs";
import {
  readOnce
} from "./chunk-AX7UU63R.mjs";
import {
  bearer
} from "./chunk-GNHTNKVN.mjs";

// lib/vendors/linode/client.ts
async function openLinode({ token, endpoint = "https://api.linode.com", caCertificate }, context, explain) {
  const headers = { authorization: bearer(await context.resolve(token)) };
  return context.rest({ vendor: "Linode", endpoint, caCertificate, headers, explain });
}

// lib/vendors/linode/problem.ts
import * as v from "valibot";
var problem = v.object({
  errors: v.array(v.object({ field: v.fallback(v.nullish(v.string()), void 0), reason: v.string() }))
});
var explainWith = (busy) => (status, body) => {
  const read2 = safeParse(problem, body);
  if (!read2.success) return status === 400 && body === void 0 ? { code: "UNAVAILABLE" } : void 0;
  const { errors } = read2.output;
  const reason = errors.map((each) => each.field ? `${each.field}: ${each.reason}` : each.reason).join("; ");
  const isBusy = status === 400 && errors.some((each) => /^linode busy/i.test(each.reason));
  return isBusy ? { code: busy, reason } : { reason };
};

// lib/vendors/linode/pages.ts
import * as v2 from "valibot";
var pageOf = (item) => v2.object({ data: v2.array(item), pages: v2.number() });
var everyPage2 = (path, item, rest, filter) => readOnce(`list ${path} ${JSON.stringify(filter ?? {})}`, () => read(path, item, rest, filter));
async function read(path, item, rest, filter) {
  const headers = filter === void 0 ? {} : { "x-filter": JSON.stringify(filter) };
  const answer = pageOf(item);
  return everyPage("a list of Linode", 1, async (page) => {
    const { data, pages } = await rest.call({ method: "GET", path: `${path}?page=${page}`, headers, answer });
    return { items: data, next: page < pages ? page + 1 : void 0 };
  });
}

export {
  openLinode,
  explainWith,
  everyPage2 as everyPage
};
