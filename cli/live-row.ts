import { SECOND } from '../lib/platform/clock.ts'

/** What the live view knows of one certificate. */
export interface Row {
  readonly done: string[]
  readonly running: StepInHand[]
  end: string
}

export interface StepInHand {
  readonly step: string
  readonly since: Date
  readonly target: string | undefined
  /** What somebody else has to do before it goes on. */
  waits?: string
}

/** One line that fits: when there is too little room, the oldest steps become a number, and the result is always to be seen. */
export function rowText(id: string, { done, running, end }: Row, now: Date, columns: number): string {
  const newest = [...running.map((each) => stepText(each, now)), ...(end === '' ? [] : [end])]
  const line = (counted: number) => {
    const older = counted === 0 ? [] : [counted === 1 ? `✓ ${done[0]}` : `✓ ${counted} steps`]
    const rest = [...older, ...done.slice(counted).map((step) => `✓ ${step}`), ...newest].join('  ')
    return `  ${id}  ${rest}`
  }
  for (let counted = 0; counted < done.length; counted++) {
    if (line(counted).length < columns) return line(counted)
  }
  return clip(line(done.length), columns)
}

/** Seconds are told from the second one on: most steps are over before. */
function stepText({ step, since, waits }: StepInHand, now: Date): string {
  const seconds = Math.floor((now.getTime() - since.getTime()) / SECOND)
  if (seconds < 2) return `… ${step}`
  return `… ${step} ${seconds} s${waits === undefined ? '' : `, waiting for ${waits}`}`
}

/** The end is left out, and marked, where a line is longer than the screen is wide. */
export const clip = (text: string, columns = 80) =>
  text.length > columns - 1 ? `${text.slice(0, Math.max(columns - 2, 1))}…` : text
