// lib/dns/framing.ts
var framed = (message) => Buffer.concat([Buffer.of(message.length >> 8, message.length & 255), message]);
function firstMessage(received) {
  if (received.length < 2) return void 0;
  const end = 2 + received.readUInt16BE(0);
  return received.length < end ? void 0 : received.subarray(2, end);
}

export {
  framed,
  firstMessage
};
