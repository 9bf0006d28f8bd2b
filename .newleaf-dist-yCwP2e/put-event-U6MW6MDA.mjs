import {
  withClient
} from "./chunk-SWJYG5IF.mjs";
import "./chunk-VBQICVWN.mjs";
import "./chunk-OL4MPUJQ.mjs";
import "./chunk-UFLIPYBE.mjs";
import "./chunk-GNHTNKVN.mjs";
import "./chunk-F655ZMJF.mjs";
import "./chunk-QSJQ3NHR.mjs";
import {
  Failure
} from "./chunk-PJWNEZVU.mjs";

// lib/notify/drivers/eventbridge/put-event.ts
import { EventBridgeClient, PutEventsCommand } from "@aws-sdk/client-eventbridge";
var putEvent = (aws, bus, event) => withClient(new EventBridgeClient(aws.config), async (client) => {
  const command = new PutEventsCommand({ Entries: [{ ...event, EventBusName: bus }] });
  const { FailedEntryCount } = await aws.call(
    { action: "PutEvents", on: bus },
    (inTime) => client.send(command, inTime)
  );
  if (FailedEntryCount !== 0) throw new Failure("UNAVAILABLE", `the bus ${bus} did not take the event`);
});
export {
  putEvent
};
