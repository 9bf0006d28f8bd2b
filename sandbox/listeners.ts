import { type CertificateAndKey, type Listener, type ListenerOptions, startListener } from './listener.ts'

/** The listeners of one vendor, each under the id of the object it belongs to. */
export interface Listeners {
  /** Opens it, or moves it to another port, or changes what it serves; resolves when that is effective. */
  serve(id: string, port: number, certificates: readonly CertificateAndKey[], greeting?: string): Promise<Listener>
  get(id: string): Listener | undefined
  drop(id: string): Promise<void>
  closeAll(): Promise<void>
}

type Common = Required<Pick<ListenerOptions, 'addresses'>> & Pick<ListenerOptions, 'now'>

export function createListeners({ addresses, now }: Common): Listeners {
  const open = new Map<string, Listener>()
  async function drop(id: string) {
    const listener = open.get(id)
    open.delete(id)
    await listener?.close()
  }
  return {
    async serve(id, port, certificates, greeting = id) {
      const known = open.get(id)
      const listener =
        known?.port === port ? known : await startListener({ port, addresses, greeting, ...(now && { now }) })
      listener.serve(certificates)
      if (known !== undefined && known !== listener) await known.close()
      open.set(id, listener)
      return listener
    },
    get: (id) => open.get(id),
    drop,
    closeAll: async () => void (await Promise.all([...open.keys()].map(drop))),
  }
}
