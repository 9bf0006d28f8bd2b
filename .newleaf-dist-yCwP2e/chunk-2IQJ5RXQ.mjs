// lib/balancers/names.ts
var PREFIX = "newleaf";
var NAME = /^(?<lineage>newleaf-[^-].*)-[0-9a-f]{16}$/;
var certificateName = (environment, id, fingerprint) => `${lineage(environment, id)}-${fingerprint.slice(0, 16)}`;
var lineage = (environment, id) => `${PREFIX}-${environment}-${id}`;
var deploymentOf = (certificate, { id }, environment) => ({ name: certificateName(environment, id, certificate.fingerprint), certificate });
var lineageOf = (name) => NAME.exec(name)?.groups?.lineage;
var lineageFor = (environment, id) => `${PREFIX}-${environment}-${id}`;
var isManaged = (name, environment) => lineageOf(name)?.startsWith(`${PREFIX}-${environment}-`) ?? false;

export {
  certificateName,
  lineage,
  deploymentOf,
  lineageOf,
  lineageFor,
  isManaged
};
