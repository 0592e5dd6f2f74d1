// Arguments of commands: what node:util makes of them, with errors that name the option, the value and what was expected.

import { type ParseArgsConfig, type ParseArgsOptionsConfig, parseArgs } from 'node:util'
import { UsageError, wrong } from '../errors.ts'

/** Parses arguments; anything unknown is a UsageError. */
export function parse<T extends ParseArgsOptionsConfig>(args: readonly string[], options: T) {
  const config = { args: withNegatives(args, options), options, allowPositionals: true, strict: true } satisfies ParseArgsConfig
  try {
    return parseArgs<typeof config>(config)
  } catch (error) {
    if (!(error instanceof TypeError)) throw error
    const valueless = /^Option '(?:-\w, )?(--[\w-]+).*(ambiguous|missing)/.exec(error.message)
    // The rest of node's message on an unknown option explains how to pass a name that begins with a dash.
    throw new UsageError(valueless ? `${valueless[1]}: expected a value after it` : (error.message.split('. ')[0] ?? ''))
  }
}

/** A number after an option is its value, also a negative one: that it is out of range is told better than that none is there. */
function withNegatives(args: readonly string[], options: ParseArgsOptionsConfig): string[] {
  const end = args.includes('--') ? args.indexOf('--') : args.length
  const takesNext = (arg: string) => arg.startsWith('--') && options[arg.slice(2)]?.type === 'string'
  const joined: string[] = []
  for (const [at, arg] of args.entries()) {
    const before = at < end ? (args[at - 1] ?? '') : ''
    if (takesNext(before) && /^-\.?\d/.test(arg)) joined[joined.length - 1] = `${before}=${arg}`
    else joined.push(arg)
  }
  return joined
}

/** A whole number, digits with underscores between them if one likes. `most` may be up to 2^53. */
export function wholeNumber(option: string, text: string, least: number, most: number): number {
  const digits = /^\d+(_\d+)*$/.test(text) ? text.replaceAll('_', '') : undefined
  // As a bigint, since 2^53 + 1 would round to 2^53.
  if (digits === undefined || BigInt(digits) < BigInt(least) || BigInt(digits) > BigInt(most)) {
    const name = most === 2 ** 53 ? '2^53' : most.toLocaleString('en')
    throw new UsageError(wrong(option, text, `a whole number from ${least} to ${name}`))
  }
  return Number(digits)
}

/** What has commas between. What has a comma or a quote itself is put in quotes, as in CSV. */
export function list(option: string, text: string): string[] {
  if (text.split('"').length % 2 === 0) throw new UsageError(wrong(option, text, 'a second quote for each'))
  // A comma with an even number of quotes after it is in none.
  const parts = text === '' ? [] : text.split(/,(?=(?:[^"]*"[^"]*")*[^"]*$)/)
  return parts.map((part) => part.trim().replace(/"((?:[^"]|"")*)"/, (_, quoted: string) => quoted.replaceAll('""', '"')))
}

/** What results are to be broken down by: the dimensions of each --by. */
export function breakdowns(texts: readonly string[]): string[][] {
  return texts.map((text) => {
    const by = list('--by', text)
    if (by.length === 0 || by.includes(''))
      throw new UsageError(wrong('--by', text, 'one or two dimensions, such as region,payment'))
    return by
  })
}

/** Arguments as one would type them again. */
export function shellLine(args: readonly string[]): string {
  return args.map((arg) => (/^[\w@%+=:,./-]+$/.test(arg) ? arg : `'${arg.replaceAll("'", "'\\''")}'`)).join(' ')
}
