/** TXT data as a zone file writes it (RFC 1035 §5.1): `"a" "b"` is the value `ab`. */

/** Tried from the beginning only: half a megabyte of `\"` is read once. */
const QUOTED = /^(?:\s*"(?:[^"\\]|\\.)*")+\s*$/

/** The value, whether or not the data stands in quotes. */
export const unquoted = (data: string): string =>
  QUOTED.test(data)
    ? (data.match(/"(?:[^"\\]|\\.)*"/g) ?? []).map((part) => part.slice(1, -1).replace(/\\(.)/g, '$1')).join('')
    : data

/** For values of at most 255 bytes, which those of a challenge are. */
export const quoted = (value: string): string => `"${value.replace(/["\\]/g, '\\$&')}"`
