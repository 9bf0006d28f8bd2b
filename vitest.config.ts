import { defineConfig } from 'vitest/config'

/** What needs only Node, what needs servers that nobody here wrote, and what is fed with hostile input. */
export default defineConfig({
  test: {
    // Most of the time is spent waiting, so that no core need be kept free.
    maxWorkers: '100%',
    projects: [
      {
        test: {
          name: 'newleaf',
          setupFiles: ['test/support/this-machine.ts'],
          include: [
            'test/house.test.ts',
            'test/{unit,contract,flow,kill,chaos,soak,week,sabotage,mutate}/**/*.test.ts',
          ],
          testTimeout: 60_000,
          hookTimeout: 30_000,
        },
      },
      {
        test: {
          name: 'peers',
          setupFiles: ['test/support/this-machine.ts'],
          include: ['test/peers/**/*.test.ts'],
          testTimeout: 120_000,
          hookTimeout: 120_000,
          fileParallelism: false,
        },
      },
      {
        test: {
          name: 'fuzz',
          setupFiles: ['test/support/this-machine.ts'],
          include: ['test/fuzz/**/*.test.ts'],
        },
      },
    ],
  },
})
