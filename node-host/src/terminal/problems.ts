// What is wrong with the files and options of a question, and what is to be noted of them, as core found it, in the words of
// whoever typed the command.

import type { InputNote, InputProblem, InputProblems } from '../../../wasm/pkg/switchyard.js'
import { wrong } from '../errors.ts'

/** What core calls a question in the place of a file: what is wrong is an option, or a field of a request. */
export const QUESTION = 'the question'

/** The options that fields of questions come from. */
const OPTIONS: [field: RegExp, option: string][] = [
  [/^(visits|seed|chunk|elasticities|tastes|correlated|errors)$/, '--$1'],
  [/^by\b.*$/, '--by'],
  [/^chunks$/, '--workers'],
  [/^model$/, '--out'],
  [/^willingness_to_pay$/, '--wtp'],
  [/^coefficients.*\.distribution$/, '--random'],
  [/^coefficients.*$/, '--vars'],
  [/^draws\.count$/, '--draws'],
  [/^draws\.kind$/, '--draw-type'],
  [/^draws\.seed$/, '--seed'],
]

/** A line for each problem, and for each note that may explain them, if the failure is of that kind; else its message. */
export function problemsText({ message, input }: { message: string; input?: unknown }): string {
  const { errors = [], more = 0, notes = [] } = (input ?? {}) as Partial<InputProblems>
  if (errors.length === 0) return message
  return [...errors.map(sentence), ...(more > 0 ? [`and ${more} more`] : []), ...notes.map(noteText)].join('\n')
}

/** A note, in a line. */
export function noteText({ text, ...place }: InputNote): string {
  return `Note: ${subjectOf(place)}: ${text}${text.endsWith('?') ? '' : '.'}`
}

function sentence({ value, expected, ...place }: InputProblem): string {
  const subject = subjectOf(place)
  return value === null ? `${subject}: expected ${expected}` : wrong(subject, value, expected)
}

/** The place in a file, or the option. */
function subjectOf({ file, line, field }: Pick<InputNote, 'file' | 'line' | 'field'>): string {
  const place = [file, line === null ? '' : `line ${line}`, field ?? ''].filter(Boolean).join(', ')
  return (file === QUESTION && optionOf(field ?? '')) || place
}

function optionOf(field: string): string | undefined {
  const found = OPTIONS.find(([form]) => form.test(field))
  return found && field.replace(...found)
}
