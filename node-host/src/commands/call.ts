// `switchyard call`: calls one component of a Switchyard that runs elsewhere.

import type { Event } from '../environment/environment.ts'
import { UsageError, wrong } from '../errors.ts'
import { readInput } from '../files/input.ts'
import { parseJson } from '../json.ts'
import { parseWhere, whereHelp, within } from './where.ts'

export const help = `usage: switchyard call COMPONENT [JSON] [options]

Calls a component with its input, {} if none is given, and prints what it answers. Where it is about a run that there is, the input
names it: switchyard call cancel '{"run": "R"}'. With - for JSON it is read from the standard input.

  --async       have it called, and do not wait for it
${whereHelp('the server')}`

/** Runs the command and gives its exit code. */
export async function run(args: readonly string[]): Promise<number> {
  const { values, positionals } = parseWhere(args, { async: { type: 'boolean' } })
  const [component, text = '{}', extra] = positionals
  if (component === undefined) throw new UsageError('switchyard call: expected a component, see switchyard call --help')
  if (extra !== undefined) throw new UsageError(`switchyard call: got \`${extra}\` too, expected one JSON (quote it)`)
  const event = read(text === '-' ? new TextDecoder().decode((await readInput('-', 'JSON')).bytes) : text)
  return within(values, async (at) => {
    const answer = values.async ? await at.launch(component, event) : await at.call(component, event)
    console.log(JSON.stringify(answer, null, 2))
    return 0
  })
}

function read(text: string): Event {
  let value: unknown
  try {
    value = parseJson(text)
  } catch (error) {
    throw new UsageError(wrong('JSON', text.slice(0, 80), `a JSON object (${(error as Error).message})`))
  }
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Event
  throw new UsageError(wrong('JSON', text.slice(0, 80), 'a JSON object'))
}
