// lib/x509/facts.ts
var factsOf = ({
  names,
  serial,
  fingerprint,
  keyAlgorithm,
  notBefore,
  notAfter,
  issuer
}) => ({ names, serial, fingerprint, keyAlgorithm, notBefore, notAfter, issuer });
var fingerprintText = ({ fingerprint }) => fingerprint.slice(0, 16);

export {
  factsOf,
  fingerprintText
};
