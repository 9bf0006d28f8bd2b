/**
 * The name to ask a listener for: a wildcard is asked for with a label that nobody has, and an address by itself, for which
 * there is no SNI (RFC 6066 §3).
 */
export const serverNameFor = (name: string): string => name.replace(/^\*\./, 'newleaf-probe.')
