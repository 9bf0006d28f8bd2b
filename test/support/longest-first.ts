import { relative } from 'node:path'
import { BaseSequencer, type TestSpecification } from 'vitest/node'

/** Folders of `test` whose files take longest come first: what is left at the end is short, and no core waits for one file. */
const FOLDERS = ['chaos', 'flow', 'soak', 'mutate', 'kill', 'contract', 'sabotage', 'week']

const place = (file: string): number => {
  const at = FOLDERS.indexOf(relative('test', file).split(/[\\/]/, 1)[0] ?? '')
  return at === -1 ? FOLDERS.length : at
}

/** For `sequence.sequencer` of Vitest: the same order whether or not a run has been measured before. */
export class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files)
    return sorted.toSorted((one, other) => place(one.moduleId) - place(other.moduleId))
  }
}
