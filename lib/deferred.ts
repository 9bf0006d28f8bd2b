/** Ports whose other side is opened at the first call: `open` is asked once, and again only after it has failed. */
import type { Http } from './platform/http.ts'
import { lazy } from './platform/lazy.ts'
import type { DnsProvider, LoadBalancer, Notifier, SecretStore, StateStore } from './ports.ts'

export function deferredDnsProvider(open: () => Promise<DnsProvider>): DnsProvider {
  const opened = lazy(open)
  return {
    check: async (location) => (await opened()).check?.(location),
    capacity: async (location) => (await opened()).capacity?.(location),
    addTxt: async (record) => (await opened()).addTxt(record),
    removeTxt: async (record) => (await opened()).removeTxt(record),
    expiresAt: async () => (await opened()).expiresAt?.(),
  }
}

export function deferredSecretStore(open: () => Promise<SecretStore>): SecretStore {
  const opened = lazy(open)
  return {
    read: async (name, stage) => (await opened()).read(name, stage),
    stage: async (name, value) => (await opened()).stage(name, value),
    activate: async (name, version, expected) => (await opened()).activate(name, version, expected),
    remove: async (name) => (await opened()).remove(name),
    tidy: async () => (await opened()).tidy?.(),
    rewrap: async () => (await opened()).rewrap?.(),
    expiresAt: async () => (await opened()).expiresAt?.(),
  }
}

export function deferredStateStore(open: () => Promise<StateStore>): StateStore {
  const opened = lazy(open)
  return {
    read: async (key) => (await opened()).read(key),
    write: async (key, document, tag) => (await opened()).write(key, document, tag),
    remove: async (...keys) => (await opened()).remove(...keys),
    list: async (prefix, upTo) => (await opened()).list(prefix, upTo),
  }
}

export function deferredLoadBalancer(open: () => Promise<LoadBalancer>): LoadBalancer {
  const opened = lazy(open)
  return {
    inspect: async (listener, deployment, keep) => (await opened()).inspect(listener, deployment, keep),
    swap: async (listener, deployment, keep) => (await opened()).swap(listener, deployment, keep),
    deleteUnused: async (listener, names) => (await opened()).deleteUnused(listener, names),
    deleteById: async (listener, id) => (await opened()).deleteById(listener, id),
    attachFirst: async (listener, deployment, cutOffTls) =>
      (await opened()).attachFirst(listener, deployment, cutOffTls),
    detach: async (listener, name) => (await opened()).detach(listener, name),
    list: async (listener) => (await opened()).list(listener),
    expiresAt: async () => (await opened()).expiresAt?.(),
  }
}

export function deferredNotifier(open: () => Promise<Notifier>): Notifier {
  const opened = lazy(open)
  return { send: async (notice) => (await opened()).send(notice) }
}

/** What was never opened needs no closing. */
export function deferredHttp(open: () => Promise<Http>): Http {
  let opening: Promise<Http> | undefined
  const opened = lazy(() => {
    opening = open()
    return opening
  })
  return {
    send: async (request) => (await opened()).send(request),
    async close() {
      const http = await opening?.catch(() => undefined)
      await http?.close()
    },
  }
}
