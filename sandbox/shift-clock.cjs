// Loaded into every Node of a shell that has read the sandbox's `env`, whatever its version: CommonJS, and nothing newer.
const { readFileSync, realpathSync } = require('node:fs')
const { join, sep } = require('node:path')

/** From now on this process's `Date` is ahead of the machine's clock by so many milliseconds. */
function shiftDate(offset) {
  const Real = Date
  const now = () => Real.now() + offset()
  globalThis.Date = new Proxy(Real, {
    construct: (target, args, newTarget) => Reflect.construct(target, args.length === 0 ? [now()] : args, newTarget),
    apply: () => new Real(now()).toString(),
    get: (target, key) => (key === 'now' ? now : Reflect.get(target, key)),
  })
  Real.prototype.constructor = globalThis.Date
}

/** Only newleaf's own programs: npm and all else keep the machine's clock. */
function isNewleaf(program) {
  const root = join(__dirname, '..')
  return ['cli', 'dist'].some((room) => program.startsWith(join(root, room) + sep))
}

/** Of the sandbox whose `env` was read; 0 when it has none, or is gone. */
function offsetIn(file) {
  const offset = Number(readFileSync(file, 'utf8'))
  return Number.isFinite(offset) ? offset : 0
}

try {
  const file = process.env.NEWLEAF_SANDBOX_CLOCK
  if (file && process.argv[1] && isNewleaf(realpathSync(process.argv[1]))) {
    const offset = offsetIn(file)
    if (offset !== 0) shiftDate(() => offset)
  }
} catch {
  // No sandbox, no offset: whatever this process is, it starts as if this file were not there.
}

exports.shiftDate = shiftDate
