// package.json
var package_default = {
  name: "newleaf",
  version: "0.1.0",
  description: "Keeps the TLS certificates of cloud load balancers fresh: a scheduled cloud function for ACME with DNS-01.",
  license: "MIT",
  type: "module",
  bin: {
    newleaf: "cli/newleaf.cjs"
  },
  files: [
    "cli/newleaf.cjs",
    "dist",
    "docs/**/*.md",
    "newleaf.schema.json"
  ],
  engines: {
    node: ">=24"
  },
  scripts: {
    start: "node sandbox/start.ts",
    sandbox: "node sandbox/main.ts",
    newleaf: "node cli/main.ts",
    test: "node test/run.ts",
    "test:peers": "node test/run.ts peers",
    fuzz: "node test/run.ts fuzz",
    faults: "node test/faults.ts",
    kill: "node test/kill/main.ts",
    chaos: "node test/chaos/main.ts",
    soak: "node test/soak/main.ts",
    week: "node test/week/main.ts",
    sabotage: "node test/sabotage/main.ts",
    mutate: "node test/mutate/main.ts",
    check: "biome check --error-on-warnings . && tsc",
    schema: "node docs/write-schema.ts",
    "dns-providers": "node docs/write-dns-providers.ts",
    bench: "node bench/issue.ts",
    "bench:nothing-due": "node bench/nothing-due.ts",
    "bench:cold-start": "node bench/cold-start.ts",
    "bench:configuration": "node bench/configuration.ts",
    prepack: "esbuild cli/start.ts --bundle --splitting --format=esm --platform=node --target=node24 --packages=external --outdir=dist --out-extension:.js=.mjs"
  },
  dependencies: {
    "@aws-sdk/client-acm": "3.1169.0",
    "@aws-sdk/client-eventbridge": "3.1169.0",
    "@aws-sdk/client-route-53": "3.1169.0",
    "@aws-sdk/client-s3": "3.1169.0",
    "@aws-sdk/client-secrets-manager": "3.1162.0",
    "@aws-sdk/client-sns": "3.1169.0",
    "@aws-sdk/client-sqs": "3.1169.0",
    "@aws-sdk/client-sts": "3.1169.0",
    "acme-client": "5.4.0",
    "dns-packet": "5.6.1",
    "node-forge": "1.4.3",
    undici: "8.12.4",
    valibot: "1.5.0",
    yaml: "2.9.1"
  },
  devDependencies: {
    "@biomejs/biome": "2.5.15",
    "@linode/api-v4": "0.158.0",
    "@linode/validation": "0.83.0",
    "@peculiar/x509": "1.14.3",
    "@scaleway/sdk-lb": "1.4.0",
    "@types/dns-packet": "5.6.5",
    "@types/node": "24.19.2",
    "@types/node-forge": "1.3.14",
    "@valibot/to-json-schema": "1.8.0",
    esbuild: "0.28.2",
    "fast-check": "4.10.2",
    node: "24.21.0",
    "reflect-metadata": "0.2.2",
    serverless: "npm:osls@4.3.1",
    typescript: "7.0.2",
    vitest: "5.1.1"
  },
  allowScripts: {
    esbuild: true,
    node: true,
    "es5-ext": false
  }
};
export {
  package_default as default
};
