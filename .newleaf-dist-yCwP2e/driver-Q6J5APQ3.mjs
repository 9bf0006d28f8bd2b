import {
  isPrivate
} from "./chunk-DLERDGK6.mjs";
import {
  pathFrom
} from "./chunk-LGKO7SAY.mjs";
import {
  failureAt,
  listFolder,
  readPlain,
  removeFile,
  syncFolder
} from "./chunk-4WVHOI25.mjs";
import {
  port
} from "./chunk-LZYTEPEM.mjs";
import {
  isManaged
} from "./chunk-2IQJ5RXQ.mjs";
import {
  inTurns
} from "./chunk-KNYWYU3O.mjs";
import {
  requireTime
} from "./chunk-OL4MPUJQ.mjs";
import {
  safeParse
} from "./chunk-JH5P2E6J.mjs";
import {
  sendOnce
} from "./chunk-CWW5U2ZI.mjs";
import {
  thereAre
} from "./chunk-XYGE3QGH.mjs";
import {
  readOnce
} from "./chunk-AX7UU63R.mjs";
import {
  Secret
} from "./chunk-GNHTNKVN.mjs";
import {
  retrySoon
} from "./chunk-F655ZMJF.mjs";
import {
  SECOND
} from "./chunk-QSJQ3NHR.mjs";
import {
  Failure,
  isFailure,
  safeText,
  toFailure
} from "./chunk-PJWNEZVU.mjs";

// lib/balancers/drivers/haproxy/driver.ts
import { join as join4, posix } from "node:path";
import * as v3 from "valibot";

// lib/balancers/drivers/haproxy/list.ts
import { join as join2 } from "node:path";

// lib/balancers/drivers/haproxy/answers.ts
import { X509Certificate } from "node:crypto";
import * as v from "valibot";

// lib/balancers/drivers/haproxy/runtime-api.ts
import { lookup } from "node:dns/promises";
import { BlockList, connect, isIP } from "node:net";
var TIMEOUT = 10 * SECOND;
var FIRST_PAUSE = SECOND / 50;
var LONGEST_PAUSE = SECOND;
var MAX_ANSWER = 1024 * 1024;
var LONG = 8e3;
var TCP = /^(?:\[(?<six>[0-9a-f:.]+)\]|(?<host>[a-z0-9.-]+)):(?<port>\d{1,5})$/i;
function createRuntimeApi({ socket, unencrypted }, context) {
  const { six, host = six, port: port2 } = TCP.exec(socket)?.groups ?? {};
  const address2 = host === void 0 ? pathFrom(context.folder, socket) : socket;
  const reach = async () => host === void 0 ? { path: address2 } : { host: await trusted(host, socket, unencrypted), port: Number(port2) };
  async function exchange(command, payload, timeout) {
    const options2 = await reach();
    const text = payload === void 0 ? `${command}
` : `${command} <<
${payload.reveal()}

`;
    const answer = await converse(options2, text, timeout, socket);
    if (answer.endsWith("\n\n") || answer === "\n") return answer.trimEnd();
    if (text.length <= LONG) throw silence(socket, "it hung up in the midst of an answer");
    throw tooLong(command, text.length);
  }
  async function unlocked(command, payload, timeout) {
    for (let pause = FIRST_PAUSE; ; pause *= 2) {
      const answer = await exchange(command, payload, timeout());
      if (!LOCKED.test(answer) || pause > LONGEST_PAUSE) return understood(command, answer, socket);
      await context.clock.sleep(pause * (0.5 + context.random()));
    }
  }
  const inTime = (command, payload) => unlocked(command, payload, () => {
    requireTime(context.timeLeft, 1);
    return Math.min(TIMEOUT, context.timeLeft());
  });
  return {
    socket,
    address: address2,
    show: (command) => readOnce(command, () => retrySoon(() => inTime(command), context)),
    send: inTime,
    cleanUp: (command) => unlocked(command, void 0, () => 2 * SECOND)
  };
}
var converse = (options2, text, timeout, socket) => new Promise((resolve, reject) => {
  const connection = connect(options2);
  const parts = [];
  let size = 0;
  let connected = false;
  const timer = setTimeout(
    () => connection.destroy(silence(socket, `no answer within ${timeout / SECOND} s`)),
    timeout
  );
  connection.once("connect", () => {
    connected = true;
    connection.write(text);
  });
  connection.on("data", (part) => {
    parts.push(part);
    size += part.length;
    if (size > MAX_ANSWER) connection.destroy(invalid(`larger than ${MAX_ANSWER} bytes`));
  });
  connection.once("error", (error) => {
    const hungUp = connected && /^(EPIPE|ECONNRESET)$/.test(error.code ?? "");
    if (!hungUp) reject(unconnected(error, socket));
  });
  connection.once("close", () => {
    clearTimeout(timer);
    resolve(Buffer.concat(parts).toString("utf8"));
  });
});
var loopback = new BlockList();
loopback.addSubnet("127.0.0.0", 8);
loopback.addAddress("::1", "ipv6");
var isLoopback = (address2) => loopback.check(address2, isIP(address2) === 6 ? "ipv6" : "ipv4");
async function trusted(host, socket, unencrypted) {
  const found = await lookup(host, { all: true }).catch((cause) => {
    throw silence(socket, "the name is not known", cause);
  });
  const addresses = found.map(({ address: address2 }) => address2);
  const [first] = addresses;
  if (first === void 0) throw silence(socket, "the name has no address");
  if (addresses.every(isLoopback)) return first;
  if (!addresses.every(isPrivate)) throw unsafe(socket, "over a public network; run newleaf where HAProxy runs");
  if (unencrypted) return first;
  throw unsafe(
    socket,
    "over a network; use a unix socket, or a tunnel that ends on this machine, or say unencrypted: true for a network that is yours alone"
  );
}
var LOCKED = /currently locked/;
var REFUSALS = [
  [/^Permission denied/, "DENIED", "its stats socket needs `level admin`"],
  [LOCKED, "TARGET_BUSY", "somebody else is changing certificates"],
  [
    /^The ongoing transaction is about|^No ongoing transaction/m,
    "TARGET_BUSY",
    "somebody else is changing certificates"
  ],
  [/^Unknown command/, "TARGET_REFUSED", "HAProxy 2.2 or later is needed, and its own socket, not the master\u2019s"],
  [/^The command is too big/, "TARGET_REFUSED", "raise tune.bufsize in its global section"]
];
function understood(command, answer, socket) {
  const [, code, advice] = REFUSALS.find(([says]) => says.test(answer)) ?? [];
  if (code === void 0) return answer;
  throw new Failure(code, `HAProxy at ${socket} refused "${command}": ${quoted(answer)}; ${advice}`);
}
var escaped = (name) => name.replace(/[\\ ;<]/g, "\\$&");
var quoted = (answer) => safeText(answer.replace(/[\w+/=]{48,}/g, "\u2026").replace(/\s+/g, " ")).slice(0, 300);
var tooLong = (command, length) => new Failure(
  "TARGET_REFUSED",
  `HAProxy hung up on "${command}" with ${length} bytes, which is what it does when tune.bufsize is smaller (16384 if nothing is configured); raise it in its global section`
);
function unconnected(error, socket) {
  if (error instanceof Failure) return error;
  const { code = error.name } = error;
  if (code !== "EACCES" && code !== "EPERM") return silence(socket, code, error);
  const message = `the socket ${socket} may not be used: give it to the user that newleaf runs as (${code})`;
  return new Failure("DENIED", message, { cause: error });
}
var silence = (socket, why, cause) => new Failure("UNREACHABLE", `HAProxy does not answer at ${socket}: ${why}`, { cause });
var unsafe = (socket, how) => new Failure("URL_REFUSED", `the runtime API at ${socket} would be sent a private key unencrypted ${how}`);
var invalid = (what) => new Failure("ANSWER_INVALID", `HAProxy answered with something else than expected: ${what}`);

// lib/balancers/drivers/haproxy/answers.ts
function readNames(answer) {
  const lines = answer.split("\n");
  const open2 = lines[0] === "# transaction" ? lines.splice(0, 2)[1] : void 0;
  const [title, ...names] = lines;
  if (title !== "# filename" || open2?.startsWith("*") === false) throw invalid("no list of certificates");
  return { transaction: open2?.slice(1), names: names.filter((name) => name !== "") };
}
var shown = v.object({
  Status: v.picklist(["Used", "Unused", "Empty"]),
  "SHA1 FingerPrint": v.optional(v.pipe(v.string(), v.regex(/^[0-9A-F]{40}$/))),
  "Subject Alternative Name": v.optional(v.string(), ""),
  notAfter: v.optional(v.pipe(v.string(), v.regex(/^[A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d \d{4} GMT$/)))
});
function readCertificate(answer) {
  if (/^Can't display the certificate: Not found/.test(answer)) return void 0;
  const lines = answer.split("\n").map((line) => /^(?<key>[^:]+): (?<value>.*)$/.exec(line)?.groups);
  const read = safeParse(shown, Object.fromEntries(lines.map((each) => [each?.key ?? "", each?.value])));
  if (!read.success) throw invalid(`no certificate at ${v.getDotPath(read.issues[0]) ?? "its beginning"}`);
  const { Status: status, "SHA1 FingerPrint": fingerprint = "", notAfter } = read.output;
  if (fingerprint === "" !== (status === "Empty")) throw invalid("a certificate without a fingerprint");
  return {
    status,
    fingerprint,
    covers: read.output["Subject Alternative Name"].split(", ").flatMap((entry) => {
      const name = /^(?:DNS|IP Address):(?<name>.+)$/.exec(entry)?.groups?.name;
      return name === void 0 ? [] : [name.toLowerCase()];
    }),
    notAfter: notAfter === void 0 ? void 0 : new Date(notAfter)
  };
}
var sha1Of = (certificate) => certificate.fingerprint.replaceAll(":", "");
var isShown = (shown2, { chainPem }) => shown2?.fingerprint === sha1Of(new X509Certificate(chainPem));
var readLists = (answer) => answer.split("\n").filter((line) => line !== "");
var ENTRY = /^(?<name>\S+)(?: \[[^\]]*\])?(?: (?<filters>.*))?$/;
function readList(answer) {
  const [title, ...lines] = answer.split("\n");
  if (!title?.startsWith("# ")) throw invalid("no crt-list");
  return lines.flatMap((line) => {
    const { name, filters = "" } = ENTRY.exec(line)?.groups ?? {};
    if (name === void 0) return [];
    return [{ name, filters: filters.split(" ").filter((filter) => filter !== "" && !filter.startsWith("!")) }];
  });
}

// lib/balancers/drivers/haproxy/pem-file.ts
import { createPrivateKey, randomBytes, X509Certificate as X509Certificate2 } from "node:crypto";
import { constants } from "node:fs";
import { access, lstat, open, rename, rm } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
var pemText = ({ name, certificate }) => `# ${name}
${certificate.chainPem.trim()}
${certificate.privateKeyPem.reveal().trim()}
`;
function fingerprintIn(text) {
  const [body] = chainOf(text);
  try {
    return body === void 0 ? void 0 : sha1Of(new X509Certificate2(Buffer.from(body, "base64")));
  } catch {
    return void 0;
  }
}
var nameIn = (text) => /^# (?<name>newleaf-\S+)\n/.exec(text)?.groups?.name;
var BLOCK = /-----BEGIN (?<label>[A-Z ]+)-----(?<body>[A-Za-z0-9+/=\s]+)-----END \k<label>-----/g;
function holds(text, { chainPem }) {
  const [now, wanted] = [chainOf(text), chainOf(chainPem)];
  const key = [...text.matchAll(BLOCK)].find(({ groups }) => groups?.label?.endsWith("PRIVATE KEY"))?.[0];
  if (key === void 0 || now.join() !== wanted.join()) return false;
  try {
    return new X509Certificate2(chainPem).checkPrivateKey(createPrivateKey(key));
  } catch {
    return false;
  }
}
var chainOf = (text) => [...text.matchAll(BLOCK)].flatMap(
  ({ groups }) => groups?.label === "CERTIFICATE" ? [groups.body?.replace(/\s/g, "") ?? ""] : []
);
async function readPemFile(path) {
  return (await readPlain(path, 0))?.toString("utf8");
}
async function fileHolds(path, certificate) {
  const text = await readPemFile(path);
  return text !== void 0 && holds(text, certificate);
}
async function checkOwnFile(path, environment) {
  await checkFolderOf(path);
  const text = await readPemFile(path);
  if (text === void 0 || isManaged(nameIn(text) ?? "", environment)) return;
  throw new Failure("TARGET_REFUSED", `${path} was not written by newleaf, and HAProxy does not use it: move it away`);
}
async function checkReplaceable(path) {
  await checkFolderOf(path);
  await statsOf(path);
  try {
    await access(dirname(path), constants.W_OK | constants.X_OK);
  } catch (error) {
    throw failureAt(dirname(path), error);
  }
}
async function checkFolderOf(path) {
  if (await listFolder(dirname(path)) !== void 0) return;
  const advice = "check `folder`, and set `mountedAt` where that folder has another path here";
  throw new Failure("TARGET_MISSING", `the folder ${dirname(path)} is not there: ${advice}`);
}
var prefixOf = (path) => `.${basename(path)}.newleaf-`;
async function leftBeside(path) {
  const entries = await listFolder(dirname(path)) ?? [];
  const left = entries.filter(({ name }) => name.startsWith(prefixOf(path)));
  return left.map(({ name }) => join(dirname(path), name));
}
async function stageFile(path, text) {
  await checkFolderOf(path);
  const temporary = join(dirname(path), `${prefixOf(path)}${randomBytes(8).toString("hex")}`);
  const discard = () => rm(temporary, { force: true });
  try {
    await writeLike(await statsOf(path), temporary, text);
  } catch (error) {
    await discard();
    throw failureAt(path, error);
  }
  return {
    discard,
    async install() {
      try {
        await rename(temporary, path);
        await syncFolder(dirname(path));
      } catch (error) {
        throw failureAt(path, error);
      }
    }
  };
}
async function statsOf(path) {
  const stats = await lstat(path).catch((error) => {
    if (error.code === "ENOENT") return void 0;
    throw error;
  });
  if (stats === void 0 || stats.isFile()) return stats;
  throw new Failure("TARGET_REFUSED", `${path} is a link or no plain file: put the file itself there`);
}
async function writeLike(model, path, text) {
  const { O_WRONLY, O_CREAT, O_EXCL, O_NOFOLLOW } = constants;
  const file = await open(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, 384);
  try {
    if (model !== void 0) {
      const { uid, gid } = await file.stat();
      if (uid !== model.uid || gid !== model.gid) await file.chown(model.uid, model.gid);
      await file.chmod(model.mode & 511);
    }
    await file.writeFile(text);
    await file.sync();
  } finally {
    await file.close();
  }
}

// lib/balancers/drivers/haproxy/list.ts
async function listHeld(api, files, environment) {
  const shown2 = /* @__PURE__ */ new Map();
  for (const name of readNames(await api.show("show ssl cert")).names) {
    const certificate = readCertificate(await api.show(`show ssl cert ${escaped(name)}`));
    if (certificate !== void 0) shown2.set(name, certificate);
  }
  const lists = /* @__PURE__ */ new Map();
  for (const name of readLists(await api.show("show ssl crt-list"))) {
    lists.set(name, readList(await api.show(`show ssl crt-list ${escaped(name)}`)));
  }
  const held = [...shown2].map(
    async ([name, certificate]) => ({
      loadBalancer: api.socket,
      name,
      covers: certificate.covers,
      notAfter: certificate.notAfter,
      managed: await isManagedFile(name, certificate, files, environment),
      bound: certificate.status === "Used" ? boundTo(name, lists, shown2) : []
    })
  );
  return Promise.all(held);
}
function boundTo(name, lists, shown2) {
  const served = ({ name: each, filters }) => filters.length > 0 ? filters : shown2.get(each)?.covers ?? [];
  const inLists = [...lists].flatMap(([listener2, entries]) => {
    const at = entries.findIndex((entry2) => entry2.name === name);
    const entry = entries[at];
    if (entry === void 0) return [];
    const before = new Set(entries.slice(0, at).flatMap(served));
    return [{ listener: listener2, effectiveFor: served(entry).filter((each) => !before.has(each)) }];
  });
  return inLists.length > 0 ? inLists : [{ listener: "bind", effectiveFor: shown2.get(name)?.covers ?? [] }];
}
async function isManagedFile(name, { fingerprint }, files, environment) {
  if (!name.startsWith(`${files.folder}/`)) return false;
  try {
    const text = await readPemFile(join2(files.here, name.slice(files.folder.length + 1))) ?? "";
    return isManaged(nameIn(text) ?? "", environment) && fingerprintIn(text) === fingerprint;
  } catch (error) {
    if (isFailure(error, "DENIED", "STORE_UNREADABLE")) return false;
    throw error;
  }
}

// lib/balancers/drivers/haproxy/listener.ts
import { join as join3 } from "node:path";
import * as v2 from "valibot";
var NAME = String.raw`[\w@+=~][\w.@+=~-]*`;
var relativePath = v2.regex(
  new RegExp(`^${NAME}(?:/${NAME})*$`),
  "expected the path of a file, of letters, digits and ._-"
);
var anyPath = v2.regex(new RegExp(`^/?${NAME}(?:/${NAME})*/?$`), "expected a path, of letters, digits and ._-");
var address = v2.pipe(v2.string(), v2.ip("expected an IPv4 or IPv6 address"));
var listener = v2.strictObject({
  certificate: v2.pipe(
    v2.string(),
    relativePath,
    v2.description("The PEM file, by its path in the folder of the balancer: shop.pem.")
  ),
  addresses: v2.pipe(
    v2.union([address, v2.pipe(v2.array(address), v2.nonEmpty())]),
    v2.transform((given) => [given].flat()),
    v2.description("Where its bind answers, one IP address or several: for the handshakes that verify a swap.")
  ),
  port: v2.optional(v2.pipe(port, v2.description("The port of that bind; 443.")), 443)
});
function locate({ certificate, addresses, port: port2 }, { folder, here }) {
  const endpoints = addresses.map((each) => ({ address: each, port: port2 }));
  return { name: `${folder}/${certificate}`, file: join3(here, certificate), endpoints };
}
async function shownAt({ name }, api) {
  const { names } = readNames(await api.show("show ssl cert"));
  return names.includes(name) ? readCertificate(await api.show(`show ssl cert ${name}`)) : void 0;
}
async function boundAt(at, api) {
  const shown2 = await shownAt(at, api);
  if (shown2?.status === "Used") return shown2;
  const others = readNames(await api.show("show ssl cert")).names.filter((name) => name !== at.name);
  throw new Failure(
    "TARGET_MISSING",
    `no bind of HAProxy at ${api.socket} uses the certificate ${at.name}${thereAre(at.name, others)}`
  );
}
async function requireAdmin(api) {
  const level = await api.show("show cli level");
  if (level === "admin") return;
  throw new Failure(
    "DENIED",
    `the socket ${api.socket} is not allowed to change certificates: it needs \`level admin\``
  );
}

// lib/balancers/drivers/haproxy/crt-list.ts
import { stat } from "node:fs/promises";
import { dirname as dirname2 } from "node:path";

// lib/balancers/drivers/haproxy/replace.ts
async function replace(name, certificate, api, log) {
  const pending = async () => readCertificate(await api.show(`show ssl cert *${name}`));
  const isPending = async () => isShown(await pending(), certificate);
  const { transaction } = readNames(await api.show("show ssl cert"));
  if (transaction !== void 0) {
    const advice = `if nobody is at work there: abort ssl cert ${transaction}`;
    throw busy(name, `somebody has begun to replace ${transaction}; ${advice}`);
  }
  const outcomeUnknown = await sendOnce(begin(name, certificate, api, log));
  try {
    if (outcomeUnknown !== void 0) throw outcomeUnknown;
    if (!await isPending()) throw busy(name, "somebody else wrote into our transaction");
    await commit(name, certificate, api);
  } catch (error) {
    if (outcomeUnknown === void 0 || await isPending().catch(() => false)) await abort(name, api, log);
    throw error;
  }
}
async function takeBack(name, fingerprints, api, log) {
  const { transaction } = readNames(await api.show("show ssl cert"));
  if (transaction !== name) return;
  const pending = readCertificate(await api.show(`show ssl cert *${name}`));
  if (pending === void 0 || !fingerprints.includes(pending.fingerprint)) return;
  log.info("a transaction that an interrupted run left open is taken back", { certificate: name });
  await abort(name, api, log);
}
async function begin(name, certificate, api, log) {
  const answer = await written(name, pemLines(certificate), api);
  const { did, path } = TRANSACTION.exec(answer)?.groups ?? {};
  if (path === void 0) throw refused("set ssl cert", name, answer);
  if (did === "created" && path === name) return;
  await abort(path, api, log);
  if (did === "created") throw refused("set ssl cert", name, `it took it for a part of ${path}; give it a name in .pem`);
  throw busy(name, "somebody else began to replace one at the same moment");
}
var TRANSACTION = /^Transaction (?<did>created|updated) for certificate (?<path>.+)!$/m;
var PARTS = /\.(?:crt|key)$/;
var NOT_FOUND = /^Can't replace a certificate which is not referenced/m;
async function written(name, pem, api) {
  const answer = await api.send(`set ssl cert ${name}`, pem);
  return PARTS.test(name) && NOT_FOUND.test(answer) ? api.send(`set ssl cert ${name}.crt`, pem) : answer;
}
async function commit(name, certificate, api) {
  const outcomeUnknown = await sendOnce(
    api.send(`commit ssl cert ${name}`).then((answer) => {
      if (/^No ongoing transaction/.test(answer)) throw busy(name, "our transaction was gone before it was committed");
      if (!/^Success!/m.test(answer)) throw refused("commit ssl cert", name, answer);
    })
  );
  if (outcomeUnknown === void 0) return;
  if (!isShown(readCertificate(await api.show(`show ssl cert ${name}`)), certificate)) throw outcomeUnknown;
}
async function abort(name, api, log) {
  try {
    await api.cleanUp(`abort ssl cert ${escaped(name)}`);
  } catch (error) {
    log.warn("a transaction could not be taken back", { reason: toFailure(error).message });
  }
}
var pemLines = ({ chainPem, privateKeyPem }) => new Secret(
  `${chainPem}
${privateKeyPem.reveal()}`.split(/\s*\n\s*/).filter((line) => line !== "").join("\n")
);
var busy = (name, why) => new Failure("TARGET_BUSY", `the certificate ${name} was not replaced in HAProxy: ${why}`);
var refused = (command, name, answer) => new Failure("TARGET_REFUSED", `HAProxy refused "${command} ${name}": ${quoted(answer)}`);

// lib/balancers/drivers/haproxy/crt-list.ts
async function checkCrtList({ name, path }, file, api) {
  const lists = readLists(await api.show("show ssl crt-list"));
  if (!lists.includes(name)) {
    const advice = `put \`bind \u2026 ssl crt-list ${name}\` into its configuration`;
    throw new Failure(
      "TARGET_MISSING",
      `no bind of HAProxy uses the crt-list ${name}${thereAre(name, lists)}; ${advice}`
    );
  }
  if (await isFolder(path) && dirname2(file) !== path) {
    throw unfit(
      `${name} is a folder, and only what lies in it is loaded; the certificate would lie in ${dirname2(file)}`
    );
  }
}
async function addToCrtList(certificate, { name, path }, api) {
  if (!await isFolder(path)) await addLine(certificate, path);
  const entries = readList(await api.show(`show ssl crt-list ${name}`));
  if (entries.some((entry) => entry.name === certificate)) return;
  const added = await api.send(`add ssl crt-list ${name} ${certificate}`);
  if (!/^Success!/m.test(added)) throw refused(`add ssl crt-list ${name}`, certificate, added);
}
async function addLine(certificate, path) {
  const text = await readPemFile(path) ?? "";
  const lines = text.split("\n");
  if (lines.some((line) => line.trim().split(/\s/)[0] === certificate)) return;
  const separator = text === "" || text.endsWith("\n") ? "" : "\n";
  const staged = await stageFile(path, `${text}${separator}${certificate}
`);
  try {
    await staged.install();
  } finally {
    await staged.discard();
  }
}
async function isFolder(path) {
  try {
    return (await stat(path)).isDirectory();
  } catch (cause) {
    throw unfit(`the crt-list ${path} cannot be read here`, cause);
  }
}
var unfit = (message, cause) => new Failure("TARGET_REFUSED", message, { cause });

// lib/balancers/drivers/haproxy/swap.ts
var serves = async (at, shown2, certificate) => isShown(shown2, certificate) && await fileHolds(at.file, certificate);
async function servedInstead({ file }, { fingerprint, covers, notAfter }) {
  const text = await readPemFile(file) ?? "";
  const name = fingerprintIn(text) === fingerprint ? nameIn(text) : void 0;
  return name === void 0 ? [] : [{ name, covers, notAfter }];
}
async function swapAt(at, deployment, api, { log }) {
  await requireAdmin(api);
  await tidy(at, api, log, deployment);
  if (await serves(at, await boundAt(at, api), deployment.certificate)) return;
  await bring(at, deployment, api, log);
}
async function attachFirstAt(at, deployment, list, api, { environment, log }) {
  await requireAdmin(api);
  const shown2 = await shownAt(at, api);
  if (shown2?.status === "Used") throw refused2(`HAProxy serves a certificate as ${at.name} already: swap that`);
  if (list === void 0) {
    throw refused2(
      `HAProxy can be given ${at.name} while it runs only by a bind with a crt-list or a folder: set crtList in the options of this balancer, or put a self-signed certificate there and restart HAProxy`
    );
  }
  await checkOwnFile(at.file, environment);
  await checkCrtList(list, at.file, api);
  await tidy(at, api, log, deployment);
  if (shown2 === void 0) await api.send(`new ssl cert ${at.name}`);
  await bring(at, deployment, api, log);
  await addToCrtList(at.name, list, api);
}
async function bring(at, deployment, api, log) {
  const staged = await stageFile(at.file, pemText(deployment));
  try {
    await replace(at.name, deployment.certificate, api, log);
    await staged.install();
  } finally {
    await staged.discard();
  }
  if (await serves(at, await shownAt(at, api), deployment.certificate)) return;
  throw new Failure("DEPLOY_FAILED", `HAProxy shows another certificate as ${at.name} after it was replaced`);
}
async function tidy({ name, file }, api, log, deployment) {
  const left = await leftBeside(file);
  const texts = await Promise.all(left.map(readPemFile));
  const known = [deployment?.certificate.chainPem, ...texts].map((text = "") => fingerprintIn(text));
  const fingerprints = known.filter((each) => each !== void 0);
  if (fingerprints.length > 0) await takeBack(name, fingerprints, api, log);
  for (const path of left) await removeFile(path);
}
var refused2 = (message) => new Failure("TARGET_REFUSED", message);

// lib/balancers/drivers/haproxy/driver.ts
var options = v3.strictObject({
  socket: v3.pipe(
    v3.string(),
    v3.nonEmpty(),
    v3.description("The stats socket with `level admin`: its path, or host:port on this machine.")
  ),
  folder: v3.pipe(
    v3.string(),
    anyPath,
    v3.transform((path) => path.replace(/\/$/, "")),
    v3.description("The folder of the PEM files, as HAProxy names it in `show ssl cert`.")
  ),
  mountedAt: v3.optional(
    v3.pipe(v3.string(), v3.nonEmpty(), v3.description("Where newleaf finds that folder, if it has another path here."))
  ),
  crtList: v3.optional(
    v3.pipe(
      v3.string(),
      anyPath,
      v3.transform((path) => path.replace(/\/$/, "")),
      v3.description("A crt-list in that folder, or the folder itself: where the first certificate of a bind is added.")
    )
  ),
  unencrypted: v3.optional(
    v3.pipe(
      v3.boolean(),
      v3.description("Whether private keys may cross a private network in clear text to the socket at host:port.")
    )
  )
});
var driver = {
  options,
  listener,
  identity: ["certificate"],
  supportedKeys: ["ecdsa-p256", "ecdsa-p384", "rsa-2048", "rsa-3072", "rsa-4096"],
  singleCertificate: true,
  async open({ socket, folder, mountedAt = folder, crtList, unencrypted = false }, context) {
    const api = createRuntimeApi({ socket, unencrypted }, context);
    const here = pathFrom(context.folder, mountedAt);
    const list = crtList === void 0 ? void 0 : listIn(folder, here, crtList);
    return loadBalancer(api, { folder, here }, list, context);
  }
};
var AT_ONCE = { within: 10 * SECOND, handshakes: 1 };
function listIn(folder, here, name) {
  const path = posix.relative(folder, name);
  if (!path.startsWith("..")) return { name, path: join4(here, path) };
  throw new Failure("CONFIG_INVALID", `the crt-list ${name} must be in the folder ${folder}, or be that folder`);
}
function loadBalancer(api, folder, list, context) {
  const inTurn = inTurns(1);
  return {
    async inspect(given, deployment) {
      const at = locate(given, folder);
      await requireAdmin(api);
      const shown2 = await boundAt(at, api);
      await checkReplaceable(at.file);
      const { endpoints } = at;
      const isServed = deployment !== void 0 && await serves(at, shown2, deployment.certificate);
      const seen = { resource: `haproxy:${api.address}:${at.name}`, endpoints, settles: AT_ONCE };
      if (isServed || deployment === void 0) return { ...seen, serves: isServed };
      return { ...seen, serves: false, instead: await servedInstead(at, shown2) };
    },
    async swap(given, deployment) {
      await inTurn(() => swapAt(locate(given, folder), deployment, api, context));
    },
    /** Nothing stands there by name: what is replaced is gone. What a killed run may have left beside it goes as well. */
    async deleteUnused(given, names) {
      await inTurn(() => tidy(locate(given, folder), api, context.log));
      return [...names];
    },
    /** What it holds is read from files of its machine, which are not all newleaf's to remove. */
    async deleteById() {
      throw new Failure("TARGET_REFUSED", "newleaf deletes no certificate of HAProxy; its file would bring it back");
    },
    async attachFirst(given, deployment) {
      await inTurn(() => attachFirstAt(locate(given, folder), deployment, list, api, context));
    },
    async detach() {
      return false;
    },
    async list() {
      await requireAdmin(api);
      return { certificates: await listHeld(api, folder, context.environment) };
    }
  };
}
export {
  driver
};
