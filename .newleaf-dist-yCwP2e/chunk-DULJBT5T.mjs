import {
  lazyByKey
} from "./chunk-IJ2VQZUO.mjs";
import {
  Failure
} from "./chunk-PJWNEZVU.mjs";

// lib/dns/hosted-zones.ts
function zoneIds(find) {
  const known = lazyByKey();
  return (location) => known(location.zone, () => find(location));
}
var noZone = (vendor, { zone, provider }, cause) => new Failure("DNS_NO_ZONE", `${vendor} shows no zone ${zone} to the credentials of the DNS provider ${provider}`, {
  fields: { zone, provider },
  cause
});

export {
  zoneIds,
  noZone
};
