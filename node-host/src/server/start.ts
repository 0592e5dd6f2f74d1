// Starting a run: what `POST /runs` takes, and what is made of it. Texts are stored as blobs; the plan gets their keys.

import type { InputFile, PlanInput } from '../../../wasm/pkg/switchyard.js'
import type { Environment } from '../environment/environment.ts'
import { invalid } from './rest-error.ts'

type Json = Record<string, unknown>

/** Stores the texts that a client sent, and gives the plan's input. What the scenario names and nobody sent, `plan` looks for
 * beside the scenario. */
export async function planInput(at: Environment, run: string, asked: unknown): Promise<PlanInput> {
  const { scenario, files = {}, ...options } = object('the body', asked)
  for (const [name, value] of Object.entries(options)) checkOption(name, value)
  const folder = `${at.name}/inputs/${run}`
  const texts: [key: string, text: string][] = []
  const place = (field: string, value: unknown, name: string | undefined, key: string): InputFile => {
    const { path, text } = fileOf(field, value, name)
    texts.push([key, text])
    return { path, key }
  }
  const plan: PlanInput = {
    scenario: typeof scenario === 'string' ? stored(scenario) : place('scenario', scenario, undefined, `${folder}/scenario.json`),
    ...options,
  }
  const named = Object.entries(object('files', files))
  const places = named.map(([name, value], at) => [name, place(`files.${name}`, value, name, `${folder}/files/${at}`)])
  if (places.length > 0) plan.files = Object.fromEntries(places)
  for (const [key, text] of texts) await at.write(key, new TextEncoder().encode(text))
  return plan
}

/** What may stand beside the scenario and its files. */
const OPTIONS = ['visits', 'seed', 'chunk', 'allow_lost']

function checkOption(name: string, value: unknown): void {
  if (!OPTIONS.includes(name)) throw invalid('the body', name, `fields of scenario, files, ${OPTIONS.join(', ')}`)
  if (name !== 'allow_lost') {
    const least = name === 'seed' ? 0 : 1
    if (!isWhole(value) || value < least) throw invalid(name, value, `a whole number from ${least} to 2^53`)
    return
  }
  const { count, percent, ...rest } = object(name, value)
  const isCount = percent === undefined && isWhole(count) && count >= 0
  const isPercent = count === undefined && typeof percent === 'number' && percent >= 0 && percent < 100
  if ((!isCount && !isPercent) || Object.keys(rest).length > 0) {
    throw invalid(name, value, '{"count": a whole number} or {"percent": 0 up to less than 100}')
  }
}

function isWhole(value: unknown): value is number {
  return Number.isInteger(value) && Math.abs(value as number) <= 2 ** 53
}

function fileOf(field: string, value: unknown, name: string | undefined): { path: string; text: string } {
  const { path = name, text, ...rest } = object(field, value)
  if (typeof path !== 'string' || path === '') throw invalid(`${field}.path`, path, 'the name that messages are to call it by')
  if (typeof text !== 'string') throw invalid(`${field}.text`, text, 'the text of the file')
  const [unknown] = Object.keys(rest)
  if (unknown !== undefined) throw invalid(field, unknown, 'fields of path, text')
  return { path, text }
}

/** A scenario that is a blob already: its key is its name. */
function stored(key: string): InputFile {
  if (key === '') throw invalid('scenario', key, 'the key of a blob, or {"path", "text"}')
  return { path: key, key }
}

function object(field: string, value: unknown): Json {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw invalid(field, value, 'a JSON object')
  return value as Json
}
