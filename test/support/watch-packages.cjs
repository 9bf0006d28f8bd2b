/**
 * Loaded before a program (`--require`): writes into the file WATCHED that axios or node-forge was loaded, that a request was
 * sent by the one, or that the other was called.
 */
const { appendFileSync } = require('node:fs')
const Module = require('node:module')

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

const load = Module._load
const seen = new Set()
Module._load = function (request, ...others) {
  const loaded = load.call(this, request, ...others)
  if (Object.hasOwn(WATCH, request) && !seen.has(request)) {
    seen.add(request)
    tell(`${request} was loaded`)
    WATCH[request](loaded)
  }
  return loaded
}
