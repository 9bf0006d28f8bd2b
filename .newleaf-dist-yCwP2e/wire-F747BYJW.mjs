import {
  queryFor,
  readAnswer
} from "./chunk-4STTVOWK.mjs";
import {
  firstMessage,
  framed
} from "./chunk-MIR4DIPV.mjs";
import {
  NoAnswer,
  noAnswer
} from "./chunk-UDRTLPII.mjs";

// lib/dns/wire.ts
import { randomInt } from "node:crypto";
import { createSocket } from "node:dgram";
import { connect, isIPv6 } from "node:net";
async function askOverWire(server, question, manners) {
  const { timeout, tries, overTcpAlone, pace } = manners;
  const asked = { ...question, ...endpoint(server), timeout };
  let silence;
  for (let attempt = overTcpAlone.has(server) ? tries : 0; attempt < tries; attempt++) {
    await pace();
    try {
      const answer = await overUdp(asked);
      if (!answer.isTruncated) return answer;
      silence = void 0;
      break;
    } catch (error) {
      silence = error;
      if (!(error instanceof NoAnswer && error.code === "ETIMEOUT")) break;
    }
  }
  await pace();
  try {
    const answer = await overTcp(asked);
    if (silence !== void 0) overTcpAlone.add(server);
    return answer;
  } catch (error) {
    throw silence ?? error;
  }
}
function endpoint(server) {
  const { host = server, port = "53" } = /^\[?(?<host>[^\]]*?)\]?:(?<port>\d+)$/.exec(withPort(server))?.groups ?? {};
  return { host, port: Number(port) };
}
var withPort = (server) => isIPv6(server.replace(/%.*$/, "")) ? `[${server}]:53` : server;
async function overUdp({ host, port, timeout, ...question }) {
  const { promise, resolve, reject } = Promise.withResolvers();
  const id = randomInt(65536);
  const socket = createSocket(isIPv6(host.replace(/%.*$/, "")) ? "udp6" : "udp4");
  const timer = setTimeout(() => reject(new NoAnswer("ETIMEOUT")), timeout);
  socket.on("error", (error) => reject(noAnswer(error)));
  socket.on("message", (bytes) => {
    try {
      const answer = readAnswer(bytes, id, question);
      if (answer) resolve(answer);
    } catch (error) {
      reject(noAnswer(error));
    }
  });
  socket.connect(port, host, ((error) => {
    if (error) reject(noAnswer(error));
    else socket.send(queryFor(question, id));
  }));
  try {
    return await promise;
  } finally {
    clearTimeout(timer);
    socket.close();
  }
}
async function overTcp({ host, port, timeout, ...question }) {
  const { promise, resolve, reject } = Promise.withResolvers();
  const id = randomInt(65536);
  const socket = connect({ host, port });
  const timer = setTimeout(() => reject(new NoAnswer("ETIMEOUT")), timeout);
  let received = Buffer.alloc(0);
  socket.on("error", (error) => reject(noAnswer(error)));
  socket.on("close", () => reject(new NoAnswer("EBADRESP")));
  socket.on("connect", () => socket.write(framed(queryFor(question, id))));
  socket.on("data", (part) => {
    received = Buffer.concat([received, part]);
    const message = firstMessage(received);
    if (!message) return;
    try {
      const answer = readAnswer(message, id, question);
      if (answer) resolve(answer);
      else reject(new NoAnswer("EBADRESP"));
    } catch (error) {
      reject(noAnswer(error));
    }
  });
  try {
    return await promise;
  } finally {
    clearTimeout(timer);
    socket.destroy();
  }
}
export {
  askOverWire
};
