/** One certificate, and with whom it has to do. Together they use every kind of driver that has a sandbox. */
export interface Lane {
  readonly id: string
  readonly names: readonly string[]
  readonly zone: string
  readonly dns: 'scaleway' | 'linode' | 'httpreq'
  readonly balancers: readonly ('scaleway' | 'linode')[]
  readonly secrets: 'file' | 's3' | 'scaleway-secret-manager'
  readonly state: 'file' | 's3'
}

export const LANES = [
  {
    id: 'shop',
    names: ['shop.example', '*.shop.example'],
    zone: 'shop.example',
    dns: 'scaleway',
    balancers: ['scaleway'],
    secrets: 'file',
    state: 'file',
  },
  {
    id: 'blog',
    names: ['blog.example', 'www.blog.example'],
    zone: 'blog.example',
    dns: 'linode',
    balancers: ['linode'],
    secrets: 's3',
    state: 's3',
  },
  {
    id: 'team',
    names: ['team.example', 'api.team.example'],
    zone: 'team.example',
    dns: 'httpreq',
    balancers: ['scaleway', 'linode'],
    secrets: 'scaleway-secret-manager',
    state: 's3',
  },
] as const satisfies readonly Lane[]

/** What stands behind a proxy of its own. */
export const APIS = ['ca', 'dns', 'scaleway', 'linode', 'secrets', 'state'] as const
export type Api = (typeof APIS)[number]
