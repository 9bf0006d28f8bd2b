/** Lower case, without the final dot. */
export const canonical = (name: string): string => name.toLowerCase().replace(/\.$/, '')

export const isWithin = (name: string, zone: string): boolean => name === zone || name.endsWith(`.${zone}`)

/** The name without its first label; empty above a top-level domain. */
export const parentOf = (name: string): string => name.slice(`${name}.`.indexOf('.') + 1)
