/** In place of node-forge: what the deprecated part of acme-client asks of it while it is loaded. */
export const pki = { rsa: { generateKeyPair() {} } }
