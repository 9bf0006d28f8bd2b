/** In hex. node:crypto comes with the first call: it takes as long to load as all else that a function starts with. */
export const sha256 = (text: string): string => process.getBuiltinModule('node:crypto').hash('sha256', text)
