import type { SourceFile } from './include.ts'

type Read<Result> = (text: string, source: SourceFile) => Promise<Result>

/**
 * What was read of the last text is given again for the same one: a function that stays warm reads its file at each invocation,
 * and parses it once. For results that are frozen and depend on nothing but the text, and on what else `isUnchanged` knows of.
 * A failure is not kept.
 */
export function kept<Result>(
  read: Read<Result>,
  isUnchanged: (result: Result, source: SourceFile) => Promise<boolean> = async () => true,
): Read<Result> {
  let last: (SourceFile & { readonly text: string; readonly result: Result }) | undefined
  return async (text, source) => {
    const isSame = last?.text === text && last.file === source.file && last.folder === source.folder
    if (last && isSame && (await isUnchanged(last.result, source))) return last.result
    const result = await read(text, source)
    last = { ...source, text, result }
    return result
  }
}
