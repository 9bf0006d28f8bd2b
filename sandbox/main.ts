import { parseArgs } from 'node:util'
import { shownAddress } from './prober.ts'
import { BUCKET } from './services.ts'
import { fromHere, paintFor, table } from './shown.ts'
import { startWorld, type World } from './world.ts'

const USAGE = `Usage: npm run sandbox [-- --fresh] [-- --folder DIR]

Starts a small world to practise in, and keeps it running until Ctrl-C.

  --fresh       forget what an earlier sandbox left in the folder
  --folder DIR  where it keeps everything; .sandbox if not given
`

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      fresh: { type: 'boolean', default: false },
      folder: { type: 'string', default: '.sandbox' },
      help: { type: 'boolean', default: false },
    },
  })
  if (values.help) return void process.stdout.write(USAGE)
  const told = new Promise<void>((resolve) => {
    process.once('SIGINT', () => resolve())
    process.once('SIGTERM', () => resolve())
  })
  const world = await startWorld(values)
  process.stdout.write(about(world))
  await told
  await world.close()
  process.stdout.write('\nthe sandbox has stopped; the next start goes on from here\n')
}

function about(world: World): string {
  const paint = paintFor(process.stdout)
  const { edge, apps } = world.sites
  const [edgePort, appsPort] = [edge.listener().port, apps.listener().port]
  const listeners = [edge, apps].map((site) => {
    const { addresses, port } = site.listener()
    const at = addresses.map((address) => shownAddress({ address, port })).join(' and ')
    return [site.title, `${at}, for ${[...site.names, ...site.foreign].join(' ')}`]
  })
  const [folder, config] = [fromHere(world.folder), fromHere(world.configuration)]
  return [
    paint.title('The sandbox is running. Ctrl-C stops it.\n\n'),
    table([
      ['CA directory', world.ca.directoryUrl],
      ['DNS', `127.0.0.1:${world.dns.port}, UDP and TCP`],
      ['Scaleway API', `https://localhost:${world.scaleway.port}`],
      ['Linode API', `https://localhost:${world.linode.port}`],
      ['httpreq', `https://localhost:${world.httpreq.port}, user sandbox`],
      ['Object storage', `${world.storage.endpoint}, bucket ${BUCKET}`],
      ...listeners,
      ['Configuration', config],
      ['  stores at Scaleway', fromHere(world.cloudConfiguration)],
    ]),
    paint.title('\nTry from another terminal\n\n'),
    `  . ${folder}/env\n`,
    `  npm run newleaf -- plan --config ${config}\n`,
    `  npm run newleaf -- renew --config ${config}\n`,
    `  npm run newleaf -- status --config ${config}\n`,
    `  openssl s_client -connect 127.0.0.1:${edgePort} -servername shop.example -CAfile ${folder}/issuer.pem </dev/null\n`,
    `  openssl s_client -connect 127.0.0.1:${appsPort} -servername blog.example -CAfile ${folder}/issuer.pem </dev/null\n`,
    `  curl --cacert ${folder}/issuer.pem --resolve shop.example:${edgePort}:127.0.0.1 https://shop.example:${edgePort}\n`,
  ].join('')
}

try {
  await main()
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`)
  process.exitCode = 1
}
