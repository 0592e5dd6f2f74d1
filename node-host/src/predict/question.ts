// What is asked: the scenario file and the files it names, read whole.

import { hash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { dirname, isAbsolute, join } from 'node:path'
import type { PlanInput, SwitchyardError } from '../../../wasm/pkg/switchyard.js'
import { wrong } from '../args.ts'
import { fileProblem, UsageError } from '../errors.ts'
import type { loadPackage } from '../local/module.ts'
import type { Asked } from './prediction.ts'

/** A file of the user's. */
export interface InputBytes {
  /** As the user would name it. */
  path: string
  /** What it is stored under: determined by its bytes. */
  key: string
  bytes: Uint8Array
}

/** A scenario with its files, by the names that the scenario uses. */
export interface Question {
  scenario: InputBytes
  files: Map<string, InputBytes>
}

type Wasm = Awaited<ReturnType<typeof loadPackage>>

/** Reads a scenario and the files it names, with another model in the place of its own if one is given; meanwhile the module may be
 * loading, which knows which files those are. */
export async function readQuestion(
  loading: Promise<Wasm>,
  path: string,
  model?: string,
): Promise<{ wasm: Wasm; question: Question }> {
  const [wasm, scenario] = await Promise.all([loading, readInput(path, 'a scenario file')])
  const names = namedFiles(wasm, scenario)
  if (model === undefined) return { wasm, question: await readFiles(scenario, names) }
  const { model: replaced } = parsed(scenario) as { model: string }
  const question = await readFiles(
    scenario,
    names.filter((name) => name !== replaced),
  )
  question.files.set(replaced, await readInput(model, 'a model file'))
  return { wasm, question }
}

function namedFiles({ exports }: Wasm, { path, bytes }: InputBytes): string[] {
  try {
    return exports.scenarioFiles(path, bytes)
  } catch (error) {
    const { kind, message } = error as SwitchyardError
    throw kind === 'input' ? new UsageError(message) : error
  }
}

/** Reads a file of the user's. */
export async function readInput(path: string, expected: string): Promise<InputBytes> {
  try {
    return inputBytes(path, await readFile(path))
  } catch (error) {
    throw new UsageError(`${path}: expected ${expected} that can be read (${fileProblem(error)})`)
  }
}

/** Reads the files of a scenario, which are named relative to it. */
export async function readFiles(scenario: InputBytes, names: readonly string[]): Promise<Question> {
  const read = async (name: string): Promise<[string, InputBytes]> => {
    const path = isAbsolute(name) ? name : join(dirname(scenario.path), name)
    try {
      return [name, inputBytes(path, await readFile(path))]
    } catch (error) {
      const subject = [scenario.path, fieldOf(parsed(scenario), name)].filter(Boolean).join(', ')
      throw new UsageError(wrong(subject, name, `a file that can be read (${path}: ${fileProblem(error)})`))
    }
  }
  return { scenario, files: new Map(await Promise.all(names.map(read))) }
}

/** The part of the message to `plan` that says which files to use. */
export function planFiles({ scenario, files }: Question): Pick<PlanInput, 'scenario' | 'files'> {
  return { scenario: place(scenario), files: Object.fromEntries([...files].map(([name, file]) => [name, place(file)])) }
}

/** The message to `plan`. */
export function planInput(question: Question, { visits, seed, chunk, modelCommand: model_command }: Asked): PlanInput {
  const given = Object.entries({ visits, seed, chunk, model_command }).filter(([, value]) => value !== undefined)
  return { ...planFiles(question), ...Object.fromEntries(given) }
}

/** How many visits the scenario says to simulate, for the display of progress. */
export function scenarioVisits(scenario: InputBytes): number | undefined {
  const fields = parsed(scenario)
  const visits = fields && typeof fields === 'object' && 'simulated_visits' in fields && fields.simulated_visits
  return typeof visits === 'number' ? visits : undefined
}

/** As components are told of a file. */
export function place({ path, key }: InputBytes): { path: string; key: string } {
  return { path, key }
}

export function inputBytes(path: string, bytes: Uint8Array): InputBytes {
  return { path, key: `inputs/${hash('sha256', bytes)}`, bytes }
}

// Only for messages and display: what the scenario means, and whether it is well formed, is for core to say.
function parsed({ bytes }: InputBytes): unknown {
  try {
    return JSON.parse(new TextDecoder().decode(bytes))
  } catch {
    return undefined
  }
}

/** Where in a JSON value a text stands: `edits[0].add.rates.file`. */
function fieldOf(value: unknown, text: string): string | undefined {
  if (value === text) return ''
  if (typeof value !== 'object' || value === null) return undefined
  for (const [name, inner] of Object.entries(value)) {
    const found = fieldOf(inner, text)
    if (found === undefined) continue
    const rest = found === '' || found.startsWith('[') ? found : `.${found}`
    return Array.isArray(value) ? `[${name}]${rest}` : `${name}${rest}`
  }
  return undefined
}
