/**
 * Loaded before a program (`--require`): writes into the file WATCHED that axios or node-forge was loaded, that a request was
 * sent by the one, or that the other was called.
 */
const { appendFileSync, readFileSync } = require('node:fs')
const { registerHooks } = require('node:module')
const { fileURLToPath, pathToFileURL } = require('node:url')

const tell = (what) => appendFileSync(process.env.WATCHED, `${what}\n`)

/** Its own functions, and those of what it holds, as long as they are told of. */
function watched(held, name, depth = 3) {
  for (const [key, value] of Object.entries(held)) {
    if (typeof value === 'function') {
      held[key] = Object.assign(function (...args) {
        tell(`${name}.${key} was called`)
        return new.target ? Reflect.construct(value, args) : value.apply(this, args)
      }, value)
    } else if (depth > 0 && value !== null && Object.getPrototypeOf(value) === Object.prototype) {
      watched(value, `${name}.${key}`, depth - 1)
    }
  }
}

const WATCH = {
  axios({ Axios }) {
    const { request } = Axios.prototype
    Axios.prototype.request = function (...args) {
      tell('axios sent a request')
      return request.apply(this, args)
    }
  },
  'node-forge': (forge) => watched(forge, 'node-forge'),
}

globalThis.watchPackage = (name, loaded) => {
  tell(`${name} was loaded`)
  WATCH[name](loaded)
}

const IN_PACKAGE = /\/node_modules\/(?<name>[^/]+)\//
const MAIN = Object.keys(WATCH).map((name) => pathToFileURL(require.resolve(name)).href)

// However it is asked for, by `import` or by `require`.
registerHooks({
  load(url, context, next) {
    if (!MAIN.includes(url)) return next(url, context)
    const { name } = IN_PACKAGE.exec(url).groups
    const source = `${readFileSync(fileURLToPath(url), 'utf8')}\nglobalThis.watchPackage('${name}', module.exports)\n`
    return { format: 'commonjs', source, shortCircuit: true }
  },
})
