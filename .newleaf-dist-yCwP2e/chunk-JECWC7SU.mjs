import {
  everyPage
} from "./chunk-OMQYQBD3.mjs";
import {
  safeParse
} from "./chunk-JH5P2E6J.mjs";
import {
  readOnce
} from "./chunk-AX7UU63R.mjs";

// lib/vendors/scaleway/client.ts
var openScaleway = async ({ token, endpoint = "https://api.scaleway.com", caCertificate }, context, explain) => context.rest({
  vendor: "Scaleway",
  endpoint,
  caCertificate,
  headers: { "x-auth-token": await context.resolve(token) },
  explain
});

// lib/vendors/scaleway/pages.ts
import * as v from "valibot";
var pageOf = (field, item) => v.pipe(
  v.object({ [field]: v.array(item), total_count: v.number() }),
  v.transform((page) => ({ items: page[field], total: page.total_count }))
);
var everyPage2 = (list, rest) => readOnce(`list ${list.path} ${JSON.stringify(list.query)}`, () => read(list, rest));
async function read({ path, field, item, query, plainFirstPage }, rest) {
  const answer = pageOf(field, item);
  return everyPage(`Scaleway's list of ${field}`, 1, async (page, before) => {
    const isPlain = page === 1 && plainFirstPage;
    const asked = new URLSearchParams({ ...query, ...isPlain ? {} : { page: `${page}` } });
    const { items, total } = await rest.call({
      method: "GET",
      path: asked.size === 0 ? path : `${path}?${asked}`,
      answer
    });
    const isLast = items.length === 0 || before.length + items.length >= total;
    return { items, next: isLast ? void 0 : page + 1 };
  });
}

// lib/vendors/scaleway/problem.ts
import * as v2 from "valibot";
var text = v2.fallback(v2.string(), "");
var detail = v2.object({ argument_name: text, field: text, resource: text, reason: text, help_message: text });
var problem = v2.object({
  type: text,
  precondition: text,
  message: text,
  help_message: text,
  details: v2.fallback(v2.array(detail), [])
});
var CODES = {
  denied_authentication: "DENIED",
  permissions_denied: "DENIED",
  not_found: "NOT_FOUND",
  unknown_resource: "NOT_FOUND",
  already_exists: "CONFLICT",
  precondition_failed: "CONFLICT",
  transient_state: "UNAVAILABLE",
  locked: "UNAVAILABLE",
  too_many_requests: "RATE_LIMITED",
  invalid_arguments: "REJECTED",
  invalid_field: "REJECTED"
};
var explainWith = (own = {}) => (_status, body) => {
  const read2 = safeParse(problem, body);
  if (!read2.success) return void 0;
  const { type, precondition, message, help_message, details } = read2.output;
  const codes = { ...CODES, ...own };
  const known = [precondition, type].find((word) => Object.hasOwn(codes, word));
  const code = known === void 0 ? void 0 : codes[known];
  const parts = details.map(
    (each) => said(each.argument_name || each.field || each.resource, each.reason, each.help_message).join(" ")
  );
  const reason = said(message, help_message, ...parts).join("; ");
  return { ...code && { code }, ...reason && { reason } };
};
var said = (...parts) => parts.filter((part) => part !== "");

export {
  openScaleway,
  everyPage2 as everyPage,
  explainWith
};
