import {
  withoutCredentials
} from "./chunk-Q6T3FSH7.mjs";
import {
  secretReference
} from "./chunk-UFLIPYBE.mjs";
import "./chunk-GNHTNKVN.mjs";
import {
  Failure
} from "./chunk-PJWNEZVU.mjs";

// lib/dns/drivers/exec.ts
import { execFile } from "node:child_process";
import { constants } from "node:fs";
import { access } from "node:fs/promises";
import { resolve } from "node:path";
import * as v from "valibot";
var options = v.strictObject({
  program: v.pipe(
    v.string(),
    v.nonEmpty("expected the path of a program"),
    v.description("Path of the program, relative to the configuration; it is started as it is, by no shell.")
  ),
  arguments: v.optional(
    v.pipe(
      v.array(
        v.pipe(
          v.string(),
          v.check((text) => !text.includes("\0"), "expected no zero byte")
        )
      ),
      v.description("What it is given before newleaf\u2019s own arguments.")
    )
  ),
  environment: v.optional(
    v.pipe(
      v.record(
        v.pipe(v.string(), v.regex(/^[A-Za-z_][A-Za-z0-9_]*$/, "expected the name of a variable")),
        secretReference
      ),
      v.description("References to secrets, by the variable that it finds each in; it has no others but PATH.")
    )
  )
});
var facts = {
  provider: "a program of your own",
  documentation: "https://go-acme.github.io/lego/dns/exec/",
  permission: "whatever your program asks for",
  twoValues: "your program adds and removes one value at a time",
  ttl: void 0,
  note: "`PROGRAM present _acme-challenge.shop.example.com. VALUE` adds a value and `cleanup` in place of `present` removes it, as lego calls a program. Exit status 0 is success, also where the value is there already or gone already, for each may be asked for again. It has two minutes, nothing to read, and of newleaf\u2019s environment nothing; the last line that it writes to standard error is told when it fails. Before an order newleaf looks whether the program is there and may be started."
};
var LONGEST = 12e4;
var MOST_OUTPUT = 1048576;
var PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
var driver = {
  options,
  facts,
  async open({ program, arguments: own = [], environment = {} }, context) {
    const file = resolve(context.folder, program);
    const secrets = /* @__PURE__ */ new Map();
    for (const [name, reference] of Object.entries(environment)) secrets.set(name, await context.resolve(reference));
    const env = { PATH, ...Object.fromEntries([...secrets].map(([name, secret]) => [name, secret.reveal()])) };
    const run = async (verb, { name, value }) => {
      const timeout = Math.min(LONGEST, context.timeLeft());
      if (timeout <= 0) throw new Failure("OUT_OF_TIME", `no time is left in this run to start ${file}`);
      const end = await start(file, [...own, verb, `${name}.`, value], { env, cwd: context.folder, timeout });
      if (end.what !== void 0) throw failed(`${file} ${verb} ${name}.`, end, [...secrets.values()]);
    };
    return {
      check: () => startable(file),
      addTxt: (record2) => run("present", record2),
      removeTxt: (record2) => run("cleanup", record2)
    };
  }
};
async function startable(file) {
  try {
    await access(file, constants.X_OK);
  } catch (error) {
    const { code } = error;
    throw new Failure("CONFIG_INVALID", `the program ${file} cannot be started (${code})`, { cause: error });
  }
}
function start(file, given, { timeout, ...options2 }) {
  return new Promise((settle) => {
    const limits = { timeout, killSignal: "SIGKILL", maxBuffer: MOST_OUTPUT };
    const child = execFile(file, given, { ...options2, ...limits, encoding: "utf8" }, (error, _stdout, stderr) => {
      settle({ what: error === null ? void 0 : whatOf(error), stderr });
    });
    child.stdin?.on("error", () => {
    });
    child.stdin?.end();
  });
}
function whatOf({ code, killed, signal }) {
  if (typeof code === "number") return `ended with exit status ${code}`;
  if (code === "ERR_CHILD_PROCESS_STDIO_MAXBUFFER") return "wrote more than a mebibyte and was ended";
  if (killed) return "did not end in time and was ended";
  return typeof code === "string" ? `could not be started (${code})` : `was ended by ${signal}`;
}
function failed(call, { what, stderr }, secrets) {
  const last = withoutCredentials(stderr.slice(-2e3), secrets).trim().split("\n").at(-1)?.trim();
  return new Failure("UNAVAILABLE", `${call} ${what}${last ? `: ${last.slice(0, 300)}` : ""}`);
}
export {
  driver
};
