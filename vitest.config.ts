import { availableParallelism } from 'node:os'
import { defineConfig } from 'vitest/config'
import { LongestFirst } from './test/support/longest-first.ts'

/** What needs only Node, what needs servers that nobody here wrote, and what is fed with hostile input. */
export default defineConfig({
  test: {
    // Half of the time is spent waiting for processes and sockets: on two cores three files at a time.
    maxWorkers: Math.ceil(availableParallelism() * 1.5),
    sequence: { sequencer: LongestFirst },
    projects: [
      {
        test: {
          name: 'newleaf',
          include: [
            'test/house.test.ts',
            'test/{unit,contract,flow,kill,chaos,soak,week,sabotage,mutate}/**/*.test.ts',
          ],
          // To load the same modules anew for each file took half of the time.
          isolate: false,
          setupFiles: ['test/support/leave-nothing.ts', 'test/support/this-machine.ts'],
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
