// lib/platform/sha256.ts
import { hash } from "node:crypto";
var sha256 = (text) => hash("sha256", text);

export {
  sha256
};
