import { join } from 'node:path'
import { CLOCK_FILE, openClock, type SandboxClock } from './clock.ts'
import { openControl } from './control.ts'
import { createBoard, shownClock } from './orders/board.ts'
import { parseOrder } from './orders/parse.ts'
import { shownAddress } from './prober.ts'
import { BUCKET } from './services.ts'
import { shiftDate } from './shift-clock.cjs'
import { fitted, fromHere, paintFor, table, typed } from './shown.ts'
import { startWorld, type World } from './world.ts'

/** Until a signal ends it. */
export async function run(options: { readonly folder: string; readonly fresh: boolean }): Promise<void> {
  const told = new Promise<void>((resolve) => {
    process.once('SIGINT', () => resolve())
    process.once('SIGTERM', () => resolve())
  })
  const world = await startWorld(options)
  try {
    const clock = openClock(join(world.folder, CLOCK_FILE))
    shiftDate(clock.offset)
    const board = createBoard(world, clock)
    const control = await openControl(world.folder, (words) => board.carryOut(parseOrder(words)))
    process.stdout.write(about(world, clock))
    await told
    await control.close()
  } finally {
    await world.close()
  }
  process.stdout.write('\nthe sandbox has stopped; the next start goes on from here\n')
}

function about(world: World, clock: SandboxClock): string {
  const paint = paintFor(process.stdout)
  const { edge, apps } = world.sites
  const [edgePort, appsPort] = [edge.listener().port, apps.listener().port]
  const listeners = [edge, apps].map((site) => {
    const { addresses, port } = site.listener()
    const at = addresses.map((address) => shownAddress({ address, port })).join(' and ')
    return [site.title, `${at}, for ${[...site.names, ...site.foreign].join(' ')}`]
  })
  const [folder, config] = [typed(fromHere(world.folder)), typed(fromHere(world.configuration))]
  const at = folder === '.sandbox' ? '' : ` --folder ${folder}`
  return [
    paint.title('The sandbox is running. Ctrl-C stops it.\n\n'),
    fitted(
      table([
        ['CA directory', world.ca.directoryUrl],
        ['DNS', `127.0.0.1:${world.dns.port}, UDP and TCP`],
        ['Scaleway API', `https://localhost:${world.scaleway.port}`],
        ['Linode API', `https://localhost:${world.linode.port}`],
        ['httpreq', `https://localhost:${world.httpreq.port}, user sandbox`],
        ['Object storage', `${world.storage.endpoint}, bucket ${BUCKET}`],
        ...listeners,
        ['Configuration', fromHere(world.configuration)],
        ['  stores at Scaleway', fromHere(world.cloudConfiguration)],
      ]),
    ),
    ...(clock.offset() === 0 ? [] : [`\n${shownClock(clock)}`]),
    paint.title('\nTry from another terminal\n\n'),
    `  . ${folder}/env\n`,
    `  npm run newleaf -- plan --config ${config}\n`,
    `  npm run newleaf -- renew --config ${config}\n`,
    `  npm run newleaf -- status --config ${config}\n`,
    `  openssl s_client -connect 127.0.0.1:${edgePort} -servername shop.example \\\n`,
    `    -CAfile ${folder}/issuer.pem </dev/null\n`,
    `  openssl s_client -connect 127.0.0.1:${appsPort} -servername blog.example \\\n`,
    `    -CAfile ${folder}/issuer.pem </dev/null\n`,
    `  curl --cacert ${folder}/issuer.pem --resolve shop.example:${edgePort}:127.0.0.1 \\\n`,
    `    https://shop.example:${edgePort}\n`,
    paint.title('\nLet something go wrong, and move its time\n\n'),
    table([
      [`npm run sandbox -- fault${at}`, '# what can go wrong, and how to order it'],
      [`npm run sandbox -- fault edge hangs${at}`, '# silent once it has a new certificate'],
      [`npm run sandbox -- mend${at}`, '# all is well again'],
      [`npm run sandbox -- clock +30d${at}`, '# a month later, for newleaf too'],
    ]),
  ].join('')
}
