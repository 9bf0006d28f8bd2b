import type { SourceFile } from './outline.ts'

type Read<Result> = (text: string, source: SourceFile) => Promise<Result>

/**
 * What was read of the last text is given again for the same one: a function that stays warm reads its file at each invocation,
 * and parses it once. For results that are frozen and depend on nothing but the text. A failure is not kept.
 */
export function kept<Result>(read: Read<Result>): Read<Result> {
  let last: (SourceFile & { readonly text: string; readonly result: Result }) | undefined
  return async (text, source) => {
    if (last?.text === text && last.file === source.file && last.folder === source.folder) return last.result
    const result = await read(text, source)
    last = { ...source, text, result }
    return result
  }
}
