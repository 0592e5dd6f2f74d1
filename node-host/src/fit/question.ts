// What is to be fitted, from arguments and files to the input of the component `fit`.

import type { FitInput } from '../../../wasm/pkg/switchyard.js'
import { UsageError, wrong } from '../errors.ts'
import { type InputBytes, inputBytes, parsed, place, places, readInput, readJson, readNamed } from '../files/input.ts'
import { QUESTION } from '../terminal/problems.ts'

/** Options of `switchyard fit` that say what is to be estimated. */
export interface Sought {
  vars: readonly string[]
  /** The constant of the outside option, which need not be among the variables. */
  outside: string | undefined
  /** `pf:n`. */
  random: readonly string[]
  correlated: boolean
  draws: number
  drawType: string
  seed: number
  errors: string
}

/** What goes to `fit`: its input, and the files to store first. */
export interface FitQuestion {
  input: FitInput
  files: InputBytes[]
}

const DISTRIBUTIONS: Record<string, string> = { n: 'normal', ln: 'lognormal', nln: 'negative_lognormal' }

/** A specification in the form of a file. Random coefficients come first: they take the dimensions of the draws in their order. */
export function specOf(sought: Sought): InputBytes {
  const known = sought.outside === undefined ? sought.vars : [...sought.vars, sought.outside]
  const random = sought.random.map((text) => {
    // The name may have colons itself.
    const [, variable = '', word = ''] = /^(.*):([^:]*)$/s.exec(text) ?? []
    const distribution = Object.entries(DISTRIBUTIONS).find((names) => names.includes(word))?.[1]
    const expected = 'VARIABLE:n (normal), :ln (lognormal) or :nln (negative_lognormal)'
    if (!distribution) throw new UsageError(wrong('--random', text, expected))
    if (!known.includes(variable)) throw new UsageError(wrong('--random', text, `one of --vars: ${known.join(', ')}`))
    return { variable, distribution }
  })
  const fixed = sought.vars.filter((name) => !random.some(({ variable }) => variable === name))
  const { correlated, draws: count, drawType: kind, seed, errors } = sought
  const coefficients = [...random, ...fixed.map((variable) => ({ variable }))]
  const spec = { coefficients, correlated, errors, ...(random.length > 0 ? { draws: { count, kind, seed } } : {}) }
  return inputBytes(QUESTION, new TextEncoder().encode(JSON.stringify(spec)))
}

/** Observed visits, with the market that they saw: a JSON file that names its tariffs and rates. */
export async function visitsData(visits: string, market: string): Promise<{ data: FitInput['data']; files: InputBytes[] }> {
  const [observed, named] = await Promise.all([readInput(visits, 'a visits file'), readJson(market, 'a market')])
  // What it should name and does not is for core to say.
  const { tariffs, rates } = (parsed(named) ?? {}) as Record<string, unknown>
  const files = await readNamed(
    named,
    [tariffs, rates].filter((name) => typeof name === 'string'),
  )
  const data = { visits: { visits: place(observed), market: place(named), files: places(files) } }
  return { data, files: [observed, named, ...files.values()] }
}
