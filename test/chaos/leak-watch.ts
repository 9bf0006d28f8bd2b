/** Listens to everything that newleaf says, and knows what it must not say. */
import { type Leak, leaksIn } from '../support/leaks.ts'

const KEY = /-----BEGIN [A-Z ]*PRIVATE KEY-----(?<body>.*?)-----END/gs
/** The last line of a key may be too short to be told from chance. */
const TELLING = 24
/** Only in these can such a line be. */
const RUNS = /[\w+/=-]{24,}/g
/** Keys of earlier renewals are forgotten after a while. */
const MOST_LINES = 500

export function createLeakWatch(tokens: readonly string[]) {
  const leaks: Leak[] = []
  let lines: string[] = []
  return {
    leaks: leaks as readonly Leak[],
    /** A secret that newleaf stores: the lines of its keys must not turn up anywhere. */
    learn(secret: string): void {
      const found = [...secret.matchAll(KEY)].flatMap(({ groups }) => (groups?.body ?? '').split(/\\n|\n/))
      lines = [...lines, ...found.filter((line) => line.length >= TELLING)].slice(-MOST_LINES)
    },
    hear(text: string): void {
      leaks.push(...leaksIn(text))
      for (const [index, line] of text.split('\n').entries()) {
        const runs = line.match(RUNS) ?? []
        if (tokens.some((token) => line.includes(token))) leaks.push({ what: 'a token of this world', line: index + 1 })
        if (runs.some((run) => lines.some((each) => run.includes(each))))
          leaks.push({ what: 'a line of a key', line: index + 1 })
      }
    },
  }
}
