// What a prediction is asked: the scenario file and the files it names, read whole.

import type { PlanInput, SwitchyardError } from '../../../wasm/pkg/switchyard.js'
import { UsageError } from '../errors.ts'
import { type InputBytes, parsed, place, places, readInput, readJson, readNamed } from '../files/input.ts'
import { problemsText } from '../terminal/problems.ts'
import type { Wasm } from '../wasm.ts'

/** A scenario with its files, by the names that the scenario uses. */
export interface ScenarioFiles {
  scenario: InputBytes
  files: Map<string, InputBytes>
}

/** Reads a scenario and the files it names, with another model in the place of its own if one is given; meanwhile the module may be
 * loading, which knows which files those are. */
export async function readScenario(loading: Promise<Wasm>, path: string, model?: string): Promise<ScenarioFiles> {
  const [wasm, scenario] = await Promise.all([loading, readJson(path, 'a scenario file')])
  const names = namedFiles(wasm, scenario)
  if (model === undefined) return { scenario, files: await readNamed(scenario, names) }
  const { model: replaced } = parsed(scenario) as { model: string }
  const others = names.filter((name) => name !== replaced)
  const [files, file] = await Promise.all([readNamed(scenario, others), readInput(model, 'a model file')])
  return { scenario, files: files.set(replaced, file) }
}

/** The part of the input of `plan` that says which files to use. */
export function planFiles({ scenario, files }: ScenarioFiles): Pick<PlanInput, 'scenario' | 'files'> {
  return { scenario: place(scenario), files: places(files) }
}

/** How many visits the scenario says to simulate, for the display of progress. */
export function scenarioVisits(scenario: InputBytes): number | undefined {
  const fields = parsed(scenario)
  const visits = fields && typeof fields === 'object' && 'simulated_visits' in fields && fields.simulated_visits
  return typeof visits === 'number' ? visits : undefined
}

function namedFiles({ exports }: Wasm, { path, bytes }: InputBytes): string[] {
  try {
    return exports.scenarioFiles(path, bytes)
  } catch (error) {
    const failure = error as SwitchyardError
    throw failure.kind === 'input' ? new UsageError(problemsText(failure), { cause: error }) : error
  }
}
