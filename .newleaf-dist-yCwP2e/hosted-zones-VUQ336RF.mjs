import {
  facts
} from "./chunk-FPRZQM6C.mjs";
import {
  recordSetsProvider
} from "./chunk-5Q3W7Y4P.mjs";
import {
  quoted,
  unquoted
} from "./chunk-ZOSONG72.mjs";
import {
  noZone,
  zoneIds
} from "./chunk-DULJBT5T.mjs";
import "./chunk-IJ2VQZUO.mjs";
import "./chunk-RHEELVZU.mjs";
import {
  openAws
} from "./chunk-SWJYG5IF.mjs";
import "./chunk-VBQICVWN.mjs";
import "./chunk-KNYWYU3O.mjs";
import "./chunk-OL4MPUJQ.mjs";
import "./chunk-UFLIPYBE.mjs";
import "./chunk-GNHTNKVN.mjs";
import "./chunk-F655ZMJF.mjs";
import "./chunk-QSJQ3NHR.mjs";
import {
  Failure,
  isFailure
} from "./chunk-PJWNEZVU.mjs";

// lib/dns/drivers/route53/hosted-zones.ts
import {
  ChangeResourceRecordSetsCommand,
  GetHostedZoneCommand,
  ListHostedZonesByNameCommand,
  ListResourceRecordSetsCommand,
  Route53Client
} from "@aws-sdk/client-route-53";
async function openHostedZones(given, context) {
  const { role, externalId, hostedZone, ...options } = given;
  const credentials = role === void 0 ? void 0 : await (await import("./role-WXG7L36C.mjs")).assume({ role, externalId }, options, context);
  const aws = await openAws({ ...options, credentials }, context);
  const api = { aws, client: new Route53Client(aws.config) };
  const idOf = zoneIds(
    (location) => hostedZone === void 0 ? findZone(location, api) : checkZone(hostedZone, location, api)
  );
  return recordSetsProvider({
    async read(location) {
      const held = await readSet(await idOf(location), location, api);
      return { values: (held?.ResourceRecords ?? []).map(({ Value = "" }) => unquoted(Value)), version: held };
    },
    async write(location, values, { version: held }) {
      const fresh = { Name: `${location.name}.`, Type: "TXT", TTL: held?.TTL ?? facts.ttl };
      const records = values.map((value) => ({ Value: quoted(value) }));
      const changes = [
        ...held === void 0 ? [] : [{ Action: "DELETE", ResourceRecordSet: held }],
        ...records.length === 0 ? [] : [{ Action: "CREATE", ResourceRecordSet: { ...fresh, ResourceRecords: records } }]
      ];
      await change(await idOf(location), changes, api);
    }
  });
}
async function findZone(location, { aws, client }) {
  const { zone, provider } = location;
  const command = new ListHostedZonesByNameCommand({ DNSName: `${zone}.`, MaxItems: 100 });
  const listed = await aws.call(
    { action: "ListHostedZonesByName", on: zone },
    (sending) => client.send(command, sending)
  );
  const [found, another] = (listed.HostedZones ?? []).filter(
    ({ Name, Config }) => Name?.toLowerCase() === `${zone}.` && !Config?.PrivateZone
  );
  if (found?.Id === void 0) throw noZone("Route 53", location);
  if (another === void 0) return found.Id;
  const ids = [found, another].map(({ Id = "" }) => bare(Id)).join(" and ");
  throw new Failure(
    "DNS_NO_ZONE",
    `Route 53 has several public zones ${zone} (${ids}): set hostedZone to the one that is served`,
    {
      fields: { zone, provider }
    }
  );
}
var bare = (id) => id.replace(/^\/hostedzone\//, "");
async function checkZone(id, location, { aws, client }) {
  try {
    const { HostedZone } = await aws.call(
      { action: "GetHostedZone", on: id },
      (sending) => client.send(new GetHostedZoneCommand({ Id: id }), sending)
    );
    if (HostedZone?.Name?.toLowerCase() === `${location.zone}.`) return id;
  } catch (error) {
    throw isFailure(error, "NOT_FOUND") ? noZone("Route 53", location, error) : error;
  }
  throw noZone(`Route 53 at ${id}`, location);
}
async function readSet(id, location, { aws, client }) {
  const { name } = location;
  const command = new ListResourceRecordSetsCommand({
    ...{ HostedZoneId: id, StartRecordName: `${name}.`, StartRecordType: "TXT", MaxItems: 1 }
  });
  const { ResourceRecordSets = [] } = await aws.call(
    { action: "ListResourceRecordSets", on: bare(id) },
    (sending) => client.send(command, sending)
  );
  const held = ResourceRecordSets.find((each) => each.Type === "TXT" && each.Name?.toLowerCase() === `${name}.`);
  if (held?.SetIdentifier === void 0) return held;
  throw new Failure(
    "REJECTED",
    `the TXT records at ${name} have a routing policy: newleaf writes to a simple set alone`,
    {
      fields: { name }
    }
  );
}
async function change(id, changes, { aws, client }) {
  const command = new ChangeResourceRecordSetsCommand({ HostedZoneId: id, ChangeBatch: { Changes: changes } });
  await aws.call({ action: "ChangeResourceRecordSets", on: bare(id) }, async (sending) => {
    try {
      return await client.send(command, sending);
    } catch (error) {
      throw isOvertaken(error) ? new Failure("CONFLICT", "the record set is not what it was") : error;
    }
  });
}
var OVERTAKEN = /but (?:it was not found|it already exists|the values provided do not match)/;
var isOvertaken = ({ message, Messages, $metadata }) => $metadata?.httpStatusCode === 400 && OVERTAKEN.test(JSON.stringify([message, Messages]));
export {
  openHostedZones
};
