import { rm, writeFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { build, type Metafile } from 'esbuild'
import { type NamedDrivers, onlyDriversOf } from './named-drivers.ts'

/** acme-client loads both with all else; a function sends nothing by the one and makes no key by the other. */
const LEFT_OUT = {
  axios: resolve(import.meta.dirname, 'left-out/axios.ts'),
  'node-forge': resolve(import.meta.dirname, 'left-out/node-forge.ts'),
}

/**
 * Builds `handlers/<name>.ts` into `folder` as ES modules, and resolves to esbuild's account of what went in. Drivers are
 * chunks of their own, loaded when the configuration names them; all of them, unless `drivers` says which.
 */
export async function bundle(
  name: string,
  folder: string,
  extension: '.mjs' | '.js' = '.mjs',
  drivers: NamedDrivers = {},
): Promise<Metafile> {
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
    // Packages that are CommonJS ask for Node's modules by `require`.
    banner: { js: "import{createRequire as __cr}from'node:module';const require=__cr(import.meta.url);" },
    alias: LEFT_OUT,
    plugins: [onlyDriversOf(drivers)],
    metafile: true,
    logLevel: 'warning',
  })
  if (extension === '.js') await writeFile(join(folder, 'package.json'), '{ "type": "module" }\n')
  return metafile
}
