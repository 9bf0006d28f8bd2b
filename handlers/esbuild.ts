// A plugin of the Serverless Framework: bundles each function with esbuild into a folder of its own and hands the zip over.
// Drivers are separate chunks, loaded when the configuration names them.
import { readFile, rm, writeFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { build, type Metafile, type Plugin } from 'esbuild'

/** acme-client loads both and uses neither here: HTTP goes through our own transport, and node-forge serves only its deprecated `forge` export. */
const LEFT_OUT: Readonly<Record<string, string>> = {
  axios:
    'const use = { use() {} }; module.exports = { AxiosError: Error, create: () => ({ defaults: { headers: { common: {} } }, interceptors: { request: use, response: use } }) }',
  'node-forge': 'module.exports = { pki: { rsa: { generateKeyPair() {} } }, md: {}, asn1: {} }',
}

const leaveOut: Plugin = {
  name: 'leave-out',
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /^(axios|node-forge)$/ }, ({ path }) => ({ path, namespace: 'left-out' }))
    onLoad({ filter: /.*/, namespace: 'left-out' }, ({ path }) => ({ contents: LEFT_OUT[path] ?? '', loader: 'js' }))
  },
}

/**
 * undici by its two parts that are used: its main file has a browser's whole web in it. Left out of those are what only
 * form data needs, and the parsers for an experiment of undici's and for machines without SIMD.
 */
const slimUndici: Plugin = {
  name: 'slim-undici',
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /^undici$/ }, ({ path }) => ({ path, namespace: 'undici' }))
    onLoad({ filter: /.*/, namespace: 'undici' }, () => ({ contents: UNDICI, loader: 'js', resolveDir: '.' }))
    onLoad({ filter: /undici\/lib\/(milo\/.*|web\/fetch\/body|llhttp\/llhttp-wasm)\.js$/ }, () => ({
      contents: 'module.exports = undefined',
    }))
  },
}

/** As undici's index.js hands a request to its dispatcher. */
const UNDICI = `
const request = require('./node_modules/undici/lib/api/api-request.js')
module.exports = {
  Agent: require('./node_modules/undici/lib/dispatcher/agent.js'),
  request: (url, { dispatcher, ...options }) =>
    request.call(dispatcher, { ...options, origin: url.origin, path: url.pathname + url.search }),
}`

/**
 * Whatever is loaded later imports the function itself, which is loaded by then: so esbuild sees that all of what is loaded
 * first is needed by all, and makes one file of it. Otherwise it would be eighteen, and a millisecond each.
 */
const loadedAtOnce: Plugin = {
  name: 'loaded-at-once',
  setup({ initialOptions: { entryPoints }, onResolve, onLoad }) {
    const entry = `import ${JSON.stringify(resolve(String(Object.values(entryPoints ?? {})[0])))}`
    onResolve({ filter: /^\.\.?\/.*\.ts$/ }, ({ kind, path, resolveDir }) =>
      kind === 'dynamic-import' ? { path: join(resolveDir, path), pluginData: entry } : undefined,
    )
    onLoad({ filter: /\.ts$/ }, async ({ path, pluginData }) =>
      pluginData === entry ? { contents: `${await readFile(path, 'utf8')}\n${entry}`, loader: 'ts' } : undefined,
    )
  },
}

/** Builds `handlers/<name>.ts` into `folder` as ES modules, and resolves to esbuild's account of what went in. */
export async function bundle(name: string, folder: string, extension: '.mjs' | '.js' = '.mjs'): Promise<Metafile> {
  await rm(folder, { recursive: true, force: true })
  const { metafile } = await build({
    entryPoints: [`handlers/${name}.ts`],
    outdir: folder,
    bundle: true,
    splitting: true,
    format: 'esm',
    platform: 'node',
    target: 'node24',
    // The packages' own ES modules, which esbuild can leave the unused parts of out.
    mainFields: ['module', 'main'],
    minify: true,
    outExtension: { '.js': extension },
    banner: { js: "import{createRequire as __cr}from'node:module';const require=__cr(import.meta.url);" },
    plugins: [leaveOut, slimUndici, loadedAtOnce],
    metafile: true,
    logLevel: 'warning',
  })
  if (extension === '.js') await writeFile(join(folder, 'package.json'), '{ "type": "module" }\n')
  return metafile
}

interface Package {
  patterns?: string[]
}

interface FunctionDefinition {
  handler: string
  package?: Package
}

/** What of the framework's service is read and written here. */
interface Service {
  readonly provider: { readonly name: string }
  readonly package: Package & { readonly individually?: boolean }
  getAllFunctions(): string[]
  getFunction(name: string): FunctionDefinition
}

/** The functions' handlers stand in serverless.yml by their source; the zip holds what was built from it, and nothing else. */
export default class EsbuildPlugin {
  readonly hooks: Readonly<Record<string, () => Promise<void>>>

  constructor(serverless: { readonly service: Service }) {
    const buildAll = async () => {
      const { service } = serverless
      // First of all, for it takes out what stands before it.
      service.package.patterns = ['!**', ...(service.package.patterns ?? [])]
      for (const name of service.getAllFunctions()) {
        const definition = service.getFunction(name)
        const [source = name, exported = 'handler'] = definition.handler.replace(/^handlers\//, '').split('.')
        // Scaleway's plugin refuses a handler with a dot in its path, and looks for a file whose name ends in .js.
        const atScaleway = service.provider.name === 'scaleway'
        const folder = `${atScaleway ? 'build' : '.build'}/${source}`
        await bundle(source, folder, atScaleway ? '.js' : '.mjs')
        definition.handler = `${folder}/${source}.${exported}`
        const zip = service.package.individually ? { ...definition.package } : service.package
        zip.patterns = [...(zip.patterns ?? []), `${folder}/**`]
        if (service.package.individually) definition.package = zip
      }
    }
    this.hooks = {
      'before:package:createDeploymentArtifacts': buildAll,
      'before:package:function:package': buildAll,
    }
  }
}
