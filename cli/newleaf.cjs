#!/usr/bin/env node
// An old Node can read this as well: it says what is needed before anything is loaded that it cannot.
const needed = 24
const version = process.versions.node
if (Number(version.split('.')[0]) >= needed) import('../dist/start.mjs')
else {
  process.stderr.write(`newleaf needs Node ${needed} or later; this is ${version}\n`)
  process.exitCode = 2
}
