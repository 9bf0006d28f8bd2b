import { afterAll, vi } from 'vitest'

// Files of tests share a process: what one has changed of it ends with it.
afterAll(() => {
  vi.useRealTimers()
  vi.restoreAllMocks()
  vi.unstubAllEnvs()
})
