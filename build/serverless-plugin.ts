// A plugin of the Serverless Framework: bundles each function into a folder of its own and hands that to be zipped.
import { isFailure } from '../lib/errors.ts'
import { bundle } from './bundle.ts'
import { checkConfiguration, filesOfConfiguration } from './configuration.ts'
import { driversNamedIn, type NamedDrivers } from './named-drivers.ts'

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

/** Where the bundle of a handler goes, and by what the platform finds it there. */
export function placeOf(handler: string, provider: string) {
  const [source = '', exported = 'handler'] = handler.replace(/^handlers\//, '').split('.')
  // Scaleway's plugin refuses a handler with a dot in its path, and looks for a file whose name ends in .js.
  const [root, extension] = provider === 'scaleway' ? (['built', '.js'] as const) : (['.build', '.mjs'] as const)
  const folder = `${root}/${source}`
  return { source, folder, extension, handler: `${folder}/${source}.${exported}` }
}

/**
 * The functions' handlers stand in serverless.yml by their source; the zip holds what was built from it with the drivers that
 * the configuration names, that configuration and the CA certificates in it, and nothing else. A configuration with mistakes is not packaged.
 */
export default class BundlingPlugin {
  readonly hooks: Readonly<Record<string, () => Promise<void>>>

  constructor(serverless: {
    readonly service: Service
    readonly classes: { readonly Error: new (text: string) => Error }
  }) {
    /** Without a stack: what is wrong is the reader's to mend. */
    const told = async <T>(work: Promise<T>): Promise<T> => {
      try {
        return await work
      } catch (error) {
        throw isFailure(error, 'CONFIG_INVALID') ? new serverless.classes.Error(error.message) : error
      }
    }
    const folder = process.cwd()
    const buildAll = async () => {
      const { service } = serverless
      // First of all, for it takes out what stands before it.
      service.package.patterns = ['!**', ...(await told(filesOfConfiguration(folder)))]
      const drivers = driversNamedIn(await told(checkConfiguration(folder)))
      for (const name of service.getAllFunctions()) await build(name, service, drivers)
    }
    this.hooks = {
      // Whatever is done, and be it `remove`: the name of the stack stands in the configuration.
      initialize: async () => void (await told(checkConfiguration(folder))),
      'before:package:createDeploymentArtifacts': buildAll,
      'before:package:function:package': buildAll,
    }
  }
}

async function build(name: string, service: Service, drivers: NamedDrivers): Promise<void> {
  const definition = service.getFunction(name)
  const { source, folder, extension, handler } = placeOf(definition.handler, service.provider.name)
  await bundle(source, folder, extension, drivers)
  definition.handler = handler
  const zip = service.package.individually ? { ...definition.package } : service.package
  zip.patterns = [...(zip.patterns ?? []), `${folder}/**`]
  if (service.package.individually) definition.package = zip
}
