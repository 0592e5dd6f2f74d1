// Starting a run: what `POST /runs` takes, and what is made of it. Texts are stored as blobs; the plan gets their keys.

import type { InputFile, PlanInput } from '../../../wasm/pkg/switchyard.js'
import type { Environment } from '../environment/environment.ts'
import { invalid } from './rest-error.ts'

type Json = Record<string, unknown>

/** Stores the texts that a client sent, and gives the plan's input; refuses at once what is stored nowhere. What the scenario names
 * and nobody sent, `plan` looks for beside the scenario. */
export async function planInput(at: Environment, run: string, asked: unknown): Promise<PlanInput> {
  const { scenario, files = {}, ...options } = object('the body', asked)
  for (const [name, value] of Object.entries(options)) checkOption(name, value)
  const folder = `${at.name}/inputs/${run}`
  const sent = fileOf('scenario', scenario, undefined, `${folder}/scenario.json`)
  const named = Object.entries(object('files', files)).map(([name, value], at) => {
    return [name, fileOf(`files.${name}`, value, name, `${folder}/files/${at}`)] as const
  })
  for (const file of [sent, ...named.map(([, file]) => file)]) await store(at, file)
  const places = named.map(([name, file]) => [name, place(file)])
  return { scenario: place(sent), ...options, ...(places.length > 0 ? { files: Object.fromEntries(places) } : {}) }
}

/** A file as a client names it: with its text, or under the key where it is stored. */
interface Sent {
  /** Where the request says so. */
  field: string
  path: string
  key: string
  text?: string
}

const FORMS = 'the key of a blob, or {"path", "text"}'

function fileOf(field: string, value: unknown, name: string | undefined, newKey: string): Sent {
  if (typeof value === 'string' && value !== '') return { field, path: name ?? value, key: value }
  if (value === undefined || value === '') throw invalid(field, value, FORMS)
  const { path = name, text, key = path, ...rest } = object(field, value)
  const [unknown] = Object.keys(rest)
  if (unknown !== undefined) throw invalid(field, unknown, 'fields of path, text, key')
  if (text === undefined && typeof key === 'string' && key !== '') return { field, path: String(path ?? key), key }
  if (typeof path !== 'string' || path === '') throw invalid(`${field}.path`, path, 'the name that messages are to call it by')
  if (typeof text !== 'string') throw invalid(`${field}.text`, text, 'the text of the file')
  return { field, path, key: newKey, text }
}

async function store(at: Environment, { field, key, text }: Sent): Promise<void> {
  if (text !== undefined) await at.write(key, new TextEncoder().encode(text))
  else if (!(await at.read(key))) throw invalid(field, key, `${FORMS} (no blob is stored under this key)`)
}

function place({ path, key }: Sent): InputFile {
  return { path, key }
}

/** What may stand beside the scenario and its files. */
const OPTIONS = ['visits', 'seed', 'by', 'chunk', 'allow_lost']

function checkOption(name: string, value: unknown): void {
  if (!OPTIONS.includes(name)) throw invalid('the body', name, `fields of scenario, files, ${OPTIONS.join(', ')}`)
  if (name === 'by') {
    const isBy = Array.isArray(value) && value.every((by) => Array.isArray(by) && by.every((word) => typeof word === 'string'))
    if (!isBy) throw invalid(name, value, 'lists of dimensions, such as [["region", "payment"]]')
    return
  }
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

function object(field: string, value: unknown): Json {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw invalid(field, value, 'a JSON object')
  return value as Json
}
