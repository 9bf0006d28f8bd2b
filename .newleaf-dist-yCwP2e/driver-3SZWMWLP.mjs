import {
  driver,
  facts
} from "./chunk-FPRZQM6C.mjs";
import "./chunk-SWJYG5IF.mjs";
import "./chunk-VBQICVWN.mjs";
import "./chunk-OL4MPUJQ.mjs";
import "./chunk-UFLIPYBE.mjs";
import "./chunk-GNHTNKVN.mjs";
import "./chunk-F655ZMJF.mjs";
import "./chunk-QSJQ3NHR.mjs";
import "./chunk-PJWNEZVU.mjs";
export {
  driver,
  facts
};
