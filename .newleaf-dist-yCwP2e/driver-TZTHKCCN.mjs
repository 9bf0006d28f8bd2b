import {
  firstMessage,
  framed
} from "./chunk-MIR4DIPV.mjs";
import {
  noZone
} from "./chunk-DULJBT5T.mjs";
import "./chunk-IJ2VQZUO.mjs";
import "./chunk-RHEELVZU.mjs";
import {
  secretReference
} from "./chunk-UFLIPYBE.mjs";
import "./chunk-GNHTNKVN.mjs";
import {
  SECOND
} from "./chunk-QSJQ3NHR.mjs";
import {
  Failure
} from "./chunk-PJWNEZVU.mjs";

// lib/dns/drivers/rfc2136/driver.ts
import { randomInt } from "node:crypto";
import { isIPv6 } from "node:net";
import * as v from "valibot";

// lib/dns/drivers/rfc2136/message.ts
var SOA = 6;
var TXT = 16;
var IN = 1;
var NONE = 254;
var UPDATE = 5;
var HEADER = 12;
var uint16 = (value) => {
  const bytes = Buffer.alloc(2);
  bytes.writeUInt16BE(value);
  return bytes;
};
var uint32 = (value) => {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
};
function nameBytes(name) {
  const labels = name.toLowerCase().split(".").filter((label) => label !== "");
  return Buffer.concat([...labels.map((label) => characterString(label, 63)), Buffer.of(0)]);
}
function characterString(text, longest = 255) {
  const bytes = Buffer.from(text, "utf8");
  if (bytes.length > longest) throw new Failure("REJECTED", `a part of ${text} is longer than DNS allows`);
  return Buffer.concat([Buffer.of(bytes.length), bytes]);
}
var recordBytes = (record) => Buffer.concat([
  nameBytes(record.name),
  uint16(record.type),
  uint16(record.class),
  uint32(record.ttl),
  uint16(record.data.length),
  record.data
]);
function updateMessage(id, zone, updates) {
  const header = Buffer.concat([id, UPDATE << 11, 1, 0, updates.length, 0].map(uint16));
  const zoneSection = Buffer.concat([nameBytes(zone), uint16(SOA), uint16(IN)]);
  const changes = updates.map(
    ({ name, value, change, ttl }) => recordBytes({
      ...{ name, type: TXT, data: characterString(value) },
      ...change === "add" ? { class: IN, ttl } : { class: NONE, ttl: 0 }
    })
  );
  return Buffer.concat([header, zoneSection, ...changes]);
}
function readAnswer(message) {
  try {
    return parsed(message);
  } catch (cause) {
    throw new Failure("ANSWER_INVALID", "a DNS server answered with what is no DNS message", { cause });
  }
}
function parsed(message) {
  const [id, flags, questions, ...counts] = [0, 2, 4, 6, 8, 10].map((at2) => message.readUInt16BE(at2));
  let at = HEADER;
  for (let left = questions; left > 0; left--) at = afterName(message, at) + 4;
  let last;
  for (let left = counts.reduce((sum, count) => sum + count, 0); left > 0; left--) {
    const start = at;
    at = afterName(message, at);
    const type = message.readUInt16BE(at);
    const end = at + 10 + message.readUInt16BE(at + 8);
    if (end > message.length) throw new RangeError("a record ends behind the message");
    last = { type, start, data: message.subarray(at + 10, end) };
    at = end;
  }
  return { id, rcode: flags & 15, last };
}
function afterName(message, start) {
  for (let at = start; ; ) {
    const length = message.readUInt8(at);
    if (length >= 192) return at + 2;
    if (length === 0) return at + 1;
    at += 1 + length;
  }
}

// lib/dns/drivers/rfc2136/tcp.ts
import { connect } from "node:net";
var TIMEOUT = 20 * SECOND;
function exchange({ host, port }, message, timeLeft) {
  const time = Math.min(TIMEOUT, timeLeft);
  if (time <= 0) throw new Failure("OUT_OF_TIME", "no time is left in this run for another DNS update");
  return new Promise((resolve, reject) => {
    const socket = connect({ host, port, signal: AbortSignal.timeout(time) });
    let received = Buffer.alloc(0);
    const fail = (what, cause) => reject(new Failure("UNREACHABLE", `the DNS server ${host}:${port} ${what}`, { fields: { host, port }, cause }));
    socket.once("connect", () => socket.write(framed(message)));
    socket.on("data", (part) => {
      received = Buffer.concat([received, part]);
      const answer = firstMessage(received);
      if (!answer) return;
      resolve(answer);
      socket.destroy();
    });
    socket.once(
      "error",
      (error) => error.name === "AbortError" ? fail("did not answer in time", error) : fail(`could not be reached (${error.code})`, error)
    );
    socket.once("close", () => fail("closed the connection without an answer"));
  });
}

// lib/dns/drivers/rfc2136/tsig.ts
import { createHmac, timingSafeEqual } from "node:crypto";
var ALGORITHMS = ["hmac-sha256", "hmac-sha384", "hmac-sha512"];
var TSIG = 250;
var ANY = 255;
var FUDGE = 300;
var TSIG_ERRORS = { badSignature: 16, badKey: 17, badTime: 18 };
var hmac = ({ algorithm, secret }, parts) => {
  const digest = createHmac(algorithm.replace("hmac-", ""), Buffer.from(secret.reveal(), "base64"));
  for (const part of parts) digest.update(part);
  return digest.digest();
};
function signedVariables({ name, algorithm }, { time, fudge, error, other }) {
  const numbers = Buffer.alloc(6);
  numbers.writeUInt16BE(fudge, 0);
  numbers.writeUInt16BE(error, 2);
  numbers.writeUInt16BE(other.length, 4);
  return Buffer.concat([nameBytes(name), Buffer.from([0, ANY, 0, 0, 0, 0]), nameBytes(algorithm), time, numbers, other]);
}
function sign(message, key, now) {
  const time = Buffer.alloc(6);
  time.writeUIntBE(Math.floor(now.getTime() / 1e3), 0, 6);
  const mac = hmac(key, [message, signedVariables(key, { time, fudge: FUDGE, error: 0, other: Buffer.alloc(0) })]);
  const [sizes, end] = [Buffer.alloc(4), Buffer.alloc(6)];
  sizes.writeUInt16BE(FUDGE, 0);
  sizes.writeUInt16BE(mac.length, 2);
  end.writeUInt16BE(message.readUInt16BE(0), 0);
  const data = Buffer.concat([nameBytes(key.algorithm), time, sizes, mac, end]);
  const signed = Buffer.concat([message, recordBytes({ name: key.name, type: TSIG, class: ANY, ttl: 0, data })]);
  signed.writeUInt16BE(message.readUInt16BE(10) + 1, 10);
  return { message: signed, mac };
}
function signatureOf({ last }) {
  if (last?.type !== TSIG) return void 0;
  try {
    let at = 0;
    while (last.data.readUInt8(at) !== 0) at += 1 + last.data.readUInt8(at);
    const time = last.data.subarray(at + 1, at + 7);
    const fudge = last.data.readUInt16BE(at + 7);
    const end = at + 11 + last.data.readUInt16BE(at + 9);
    const mac = last.data.subarray(at + 11, end);
    const [originalId, error, size] = [0, 2, 4].map((more) => last.data.readUInt16BE(end + more));
    return { time, fudge, mac, originalId, error, other: last.data.subarray(end + 6, end + 6 + size) };
  } catch (cause) {
    throw new Failure("ANSWER_INVALID", "a DNS server signed its answer with what is no signature", { cause });
  }
}
function isSignedBy(key, request, answer, message, now) {
  const signature = signatureOf(answer);
  if (signature === void 0 || answer.last === void 0) return false;
  const unsigned = Buffer.from(message.subarray(0, answer.last.start));
  unsigned.writeUInt16BE(signature.originalId, 0);
  unsigned.writeUInt16BE(unsigned.readUInt16BE(10) - 1, 10);
  const size = Buffer.alloc(2);
  size.writeUInt16BE(request.mac.length);
  const mac = hmac(key, [size, request.mac, unsigned, signedVariables(key, signature)]);
  const apart = Math.abs(now.getTime() / 1e3 - signature.time.readUIntBE(0, 6));
  return mac.length === signature.mac.length && timingSafeEqual(mac, signature.mac) && apart <= signature.fudge;
}

// lib/dns/drivers/rfc2136/driver.ts
var SERVER = /^(?:\[(?<v6>[0-9a-fA-F:.]+)\]|(?<host>[A-Za-z0-9._-]+))(?::(?<port>\d{1,5}))?$/;
var options = v.strictObject({
  server: v.pipe(
    v.string(),
    v.regex(
      SERVER,
      "expected a host name or an address, with a port or without: ns1.example.net, 192.0.2.1:5353, [2001:db8::1]"
    ),
    v.check((text) => Number(SERVER.exec(text)?.groups?.port ?? 53) <= 65535, "expected a port up to 65535"),
    v.description("The primary server of the zone, with a port if it is not 53.")
  ),
  keyName: v.pipe(
    v.string(),
    v.regex(/^(?=.{1,253}$)[A-Za-z0-9_-]{1,63}(\.[A-Za-z0-9_-]{1,63})*\.?$/, "expected the name of a TSIG key"),
    v.description("The name of the TSIG key, as the server has it.")
  ),
  key: v.pipe(secretReference, v.description("Reference to the secret of the TSIG key, in base64.")),
  algorithm: v.optional(
    v.pipe(
      v.picklist(ALGORITHMS, `expected one of ${ALGORITHMS.join(", ")}`),
      v.description("The algorithm of the TSIG key; hmac-sha256 if absent.")
    ),
    "hmac-sha256"
  )
});
var facts = {
  provider: "BIND, Knot and others that take DNS UPDATE with TSIG",
  documentation: "https://www.rfc-editor.org/rfc/rfc2136",
  permission: "a TSIG key that `update-policy` grants TXT at these names: `grant newleaf. name _acme-challenge.example.com. TXT;`",
  twoValues: "each is added and deleted on its own",
  ttl: 60,
  note: "Messages go over TCP, signed (RFC 8945) both ways; the clocks of both may be five minutes apart. Before an order the server is sent an update without a change: that shows the key and the zone, and not whether `update-policy` allows the name."
};
var driver = {
  options,
  facts,
  async open({ server, keyName, key, algorithm }, context) {
    const secret = await context.resolve(key);
    if (!/^\s*[A-Za-z0-9+/]{4,}={0,2}\s*$/.test(secret.reveal())) {
      throw new Failure("CONFIG_INVALID", `the secret of the TSIG key ${keyName} is no base64`);
    }
    return provider(serverOf(server), { name: keyName, algorithm, secret }, context);
  }
};
function serverOf(text) {
  const { v6, host = "", port = "53" } = SERVER.exec(text)?.groups ?? {};
  return { host: v6 ?? host, port: Number(port) };
}
function provider(server, key, { clock, timeLeft }) {
  async function update(location, updates) {
    const request = sign(updateMessage(randomInt(65536), location.zone, updates), key, clock.now());
    const message = await exchange(server, request.message, timeLeft());
    const answer = readAnswer(message);
    const isToIt = answer.id === request.message.readUInt16BE(0);
    if (isToIt && answer.rcode !== 0) throw refused(answer, server, location);
    if (isToIt && isSignedBy(key, request, answer, message, clock.now())) return;
    throw new Failure("ANSWER_INVALID", `an answer of ${shown(server)} is not signed with the TSIG key ${key.name}`);
  }
  const change = ({ name, value }, what) => [
    { name, value, change: what, ttl: facts.ttl }
  ];
  return {
    check: (location) => update(location, []),
    addTxt: (record) => update(record, change(record, "add")),
    removeTxt: (record) => update(record, change(record, "delete"))
  };
}
var shown = ({ host, port }) => isIPv6(host) ? `[${host}]:${port}` : `${host}:${port}`;
var RCODES = {
  2: ["SERVFAIL", "UNAVAILABLE"],
  5: ["REFUSED", "DENIED"],
  9: ["NOTAUTH", "DNS_NO_ZONE"],
  10: ["NOTZONE", "DNS_NO_ZONE"]
};
var WRONG = {
  [TSIG_ERRORS.badSignature]: "the secret of the TSIG key is another one there",
  [TSIG_ERRORS.badKey]: "the TSIG key is not known there, or has another algorithm",
  [TSIG_ERRORS.badTime]: "the clocks of this machine and of the server are more than five minutes apart"
};
function refused(answer, server, location) {
  const [name, code] = RCODES[answer.rcode] ?? [`code ${answer.rcode}`, "REJECTED"];
  const wrong = WRONG[signatureOf(answer)?.error ?? 0];
  const said = `${shown(server)} answered the update of ${location.zone} with ${name}`;
  const fields = { host: server.host, rcode: answer.rcode, zone: location.zone };
  if (wrong !== void 0) return new Failure("DENIED", `${said}: ${wrong}`, { fields });
  return code === "DNS_NO_ZONE" ? noZone(shown(server), location, new Failure(code, said, { fields })) : new Failure(code, said, { fields });
}
export {
  driver
};
