/** The name to ask a listener for: a wildcard is asked for with a label that nobody has. */
export const serverNameFor = (name: string): string => name.replace(/^\*\./, 'newleaf-probe.')
