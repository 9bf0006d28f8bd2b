// A plugin of the Serverless Framework: bundles each function with esbuild into a folder of its own and hands the zip over.
// Drivers are separate chunks, loaded when the configuration names them.
import { rm } from 'node:fs/promises'
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

/** Builds `handlers/<name>.ts` into `folder` as ES modules, and resolves to esbuild's account of what went in. */
export async function bundle(name: string, folder: string): Promise<Metafile> {
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
    outExtension: { '.js': '.mjs' },
    banner: { js: "import{createRequire as __cr}from'node:module';const require=__cr(import.meta.url);" },
    plugins: [leaveOut],
    metafile: true,
    logLevel: 'warning',
  })
  return metafile
}

interface FunctionDefinition {
  handler: string
  package?: { patterns?: string[] }
}

/** What of the framework's service is read and written here. */
interface Service {
  getAllFunctions(): string[]
  getFunction(name: string): FunctionDefinition
}

/** The functions' handlers stand in serverless.yml by their source; the zip holds what was built from it, and nothing else. */
export default class EsbuildPlugin {
  readonly hooks: Readonly<Record<string, () => Promise<void>>>

  constructor(serverless: { readonly service: Service }) {
    const buildAll = async () => {
      const { service } = serverless
      for (const name of service.getAllFunctions()) {
        const definition = service.getFunction(name)
        const [source = name, exported = 'handler'] = definition.handler.replace(/^handlers\//, '').split('.')
        const folder = `.build/${source}`
        await bundle(source, folder)
        definition.handler = `${folder}/${source}.${exported}`
        definition.package = {
          ...definition.package,
          patterns: ['!**', `${folder}/**`, ...(definition.package?.patterns ?? [])],
        }
      }
    }
    this.hooks = {
      'before:package:createDeploymentArtifacts': buildAll,
      'before:package:function:package': buildAll,
    }
  }
}
