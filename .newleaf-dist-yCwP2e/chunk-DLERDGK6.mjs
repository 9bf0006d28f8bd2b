// lib/platform/private-networks.ts
import { BlockList, isIP } from "node:net";
var PRIVATE_IPV4 = [
  ["0.0.0.0", 8],
  ["10.0.0.0", 8],
  ["100.64.0.0", 10],
  ["127.0.0.0", 8],
  ["169.254.0.0", 16],
  ["172.16.0.0", 12],
  ["192.0.0.0", 24],
  ["192.168.0.0", 16],
  ["198.18.0.0", 15],
  ["224.0.0.0", 3]
];
var PRIVATE_IPV6 = [
  ["::", 127],
  ["100::", 64],
  ["fc00::", 7],
  ["fe80::", 10],
  ["fec0::", 10],
  ["ff00::", 8]
];
var TO_IPV4 = [
  ["::", 96],
  ["::ffff:0:0:0", 96],
  ["64:ff9b:1::", 48],
  ["2001::", 32],
  ["2002::", 16]
];
var NAT64 = "64:ff9b::";
var NAT64_BITS = 96;
var within = new BlockList();
for (const [net, bits] of PRIVATE_IPV4) within.addSubnet(net, bits, "ipv4");
for (const [net, bits] of PRIVATE_IPV6) within.addSubnet(net, bits, "ipv6");
var leadingThere = new BlockList();
for (const [net, bits] of TO_IPV4) leadingThere.addSubnet(net, bits, "ipv6");
for (const [net, bits] of PRIVATE_IPV4) leadingThere.addSubnet(`${NAT64}${net}`, NAT64_BITS + bits, "ipv6");
var isPrivate = (address) => isIn(within, address);
var mayBePrivate = (address) => isIP(address) === 0 || isIn(within, address) || isIn(leadingThere, address);
var isIn = (list, address) => list.check(address.replace(/%.*$/, ""), isIP(address) === 6 ? "ipv6" : "ipv4");

export {
  isPrivate,
  mayBePrivate
};
