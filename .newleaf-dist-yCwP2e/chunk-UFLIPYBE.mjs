import {
  OWN_SECRETS
} from "./chunk-GNHTNKVN.mjs";

// lib/platform/driver.ts
import * as v from "valibot";
var REFERENCE = /^(?:env:(?<env>[A-Za-z_][A-Za-z0-9_]*)|secret:(?<name>[A-Za-z0-9][A-Za-z0-9/_.-]*)(?:#(?<field>[A-Za-z0-9_.-]+))?)$/;
var anyReference = v.pipe(
  v.string("expected a reference to a secret: secret:NAME#field or env:NAME"),
  v.regex(REFERENCE, "expected a reference to a secret: secret:NAME#field or env:NAME, never the value itself"),
  v.metadata({ reference: true }),
  v.transform((text) => {
    const { env, name = "", field } = REFERENCE.exec(text)?.groups ?? {};
    if (env !== void 0) return { from: "env", name: env };
    return { from: "secret", name, ...field === void 0 ? {} : { field } };
  })
);
var secretReference = v.pipe(
  anyReference,
  v.check(
    (reference) => reference.from === "env" || !OWN_SECRETS.test(reference.name),
    "expected a secret of yours: newleaf keeps its own keys and certificates under account/ and certificate/"
  )
);
var oneLine = v.transform((reference) => ({ ...reference, oneLine: true }));
var envReference = v.pipe(
  secretReference,
  v.check(({ from }) => from === "env", "expected env:NAME: what opens a store cannot be kept in it")
);
var httpsUrl = v.pipe(
  v.string("expected an https URL"),
  v.url("expected an https URL"),
  v.startsWith("https://", "expected an https URL"),
  v.check((url2) => !/[@?#]/.test(url2), "expected an https URL without user, query or fragment")
);
var endpointUrl = v.pipe(
  httpsUrl,
  v.transform((url2) => url2.replace(/\/+$/, ""))
);
var apiOptions = {
  endpoint: v.optional(v.pipe(endpointUrl, v.description("Where the API is, if not at the vendor's own address."))),
  caCertificate: v.optional(
    v.pipe(
      v.string(),
      v.description("Path of a PEM file with the CA certificate that signed the API\u2019s own; added to the usual ones.")
    )
  )
};
var tokenOptions = (description2) => ({
  token: v.pipe(secretReference, oneLine, v.description(description2)),
  ...apiOptions
});

export {
  anyReference,
  secretReference,
  oneLine,
  envReference,
  httpsUrl,
  endpointUrl,
  apiOptions,
  tokenOptions
};
