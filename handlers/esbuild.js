// A plugin of the Serverless Framework: bundles each function with esbuild into a folder of its own and hands the zip over.
// Drivers are separate chunks, loaded when the configuration names them.
import { rm } from 'node:fs/promises'
import { build } from 'esbuild'

/** acme-client loads both and uses neither here: HTTP goes through our own transport, and node-forge serves only its deprecated `forge` export. */
const LEFT_OUT = {
  axios:
    'const use = { use() {} }; module.exports = { AxiosError: Error, create: () => ({ defaults: { headers: { common: {} } }, interceptors: { request: use, response: use } }) }',
  'node-forge': 'module.exports = { pki: { rsa: { generateKeyPair() {} } }, md: {}, asn1: {} }',
}

const leaveOut = {
  name: 'leave-out',
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /^(axios|node-forge)$/ }, ({ path }) => ({ path, namespace: 'left-out' }))
    onLoad({ filter: /.*/, namespace: 'left-out' }, ({ path }) => ({ contents: LEFT_OUT[path], loader: 'js' }))
  },
}

/** Builds `handlers/<name>.ts` into `folder` as ES modules, and resolves to esbuild's account of what went in. */
export async function bundle(name, folder) {
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

/** The functions' handlers stand in serverless.yml by their source; the zip holds what was built from it, and nothing else. */
export default class EsbuildPlugin {
  constructor(serverless) {
    const buildAll = async () => {
      const { service } = serverless
      for (const name of service.getAllFunctions()) {
        const definition = service.getFunction(name)
        const [source, exported] = definition.handler.replace(/^handlers\//, '').split('.')
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
