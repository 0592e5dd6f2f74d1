// `switchyard check`: what is wrong with a scenario and its files, and what is unlikely, without a prediction.

import type { Findings, Host, SwitchyardError } from '../../../wasm/pkg/switchyard.js'
import { UsageError } from '../errors.ts'
import { planFiles, readScenario } from '../predict/question.ts'
import { breakdowns, parse } from '../terminal/args.ts'
import { noteText, problemsText } from '../terminal/problems.ts'
import { loadPackage } from '../wasm.ts'

export const help = `usage: switchyard check SCENARIO [--model FILE] [--by DIMENSION[,DIMENSION]] [--json]

Reads a scenario with all files that it names, as switchyard predict would, and tells what is wrong with them and what is unlikely
to be meant. Nothing is predicted. In the place of SCENARIO, or of --model's FILE, - is the standard input; compressed files (.gz) are
unpacked.

  --model FILE  another choice model than the scenario's
  --by DIMENSION[,DIMENSION]
                other breakdowns than the scenario's, as of switchyard predict
  --json        print what is found as JSON: {"errors": […], "more": N, "notes": […]}; N errors are not listed

Exit code 0, also with notes; 2 if anything is wrong.`

/** Runs the command and gives its exit code. */
export async function run(args: readonly string[]): Promise<number> {
  const { values, positionals } = parse(args, {
    model: { type: 'string' },
    by: { type: 'string', multiple: true },
    json: { type: 'boolean' },
  })
  const [scenario, extra] = positionals
  if (scenario === undefined) throw new UsageError('switchyard check: expected a scenario file, see switchyard check --help')
  if (extra !== undefined) throw new UsageError(`switchyard check: got \`${extra}\` too, expected one scenario file`)
  const found = await check(scenario, values.model, values.by && breakdowns(values.by))
  console.log(values.json ? JSON.stringify(found, null, 2) : told(scenario, found).join('\n'))
  return found.errors.length === 0 ? 0 : 2
}

async function check(scenario: string, model: string | undefined, by: string[][] | undefined): Promise<Findings> {
  const loading = loadPackage()
  try {
    const question = await readScenario(loading, scenario, model)
    const files = new Map([question.scenario, ...question.files.values()].map(({ key, bytes }) => [key, bytes]))
    const { exports } = await loading
    return await exports.checkPlan({ ...planFiles(question), ...(by && { by }) }, { read: (key) => files.get(key) } as Host)
  } catch (error) {
    // Of a scenario that cannot be read, nobody knows the files.
    const problems = ((error as Error).cause as SwitchyardError | undefined)?.input
    if (!problems) throw error
    return problems
  }
}

function told(scenario: string, found: Findings): string[] {
  if (found.errors.length > 0) return [problemsText({ message: '', input: found })]
  return [...found.notes.map(noteText), `Nothing is wrong with ${scenario === '-' ? 'the scenario' : scenario} and its files.`]
}
