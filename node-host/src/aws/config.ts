// Values that belong to an environment, which Lambda itself cannot tie to an alias: plain ones in a file of the bundle, secrets in
// SSM Parameter Store under /switchyard/{env}/. A value that is missing or wrong is an error when it is first used.

import { HostFailure } from '../errors.ts'
import { AwsError, awsFailure } from './failure.ts'
import { Service } from './service.ts'

const ssm = new Service('ssm')

/** What values there are. */
interface Values {
  /** Where blobs are. */
  bucket: string
  /** Where announcements and the ledger are. */
  redis_url: string
  /** The certificate in PEM of who signed that server's own, where Node does not know that authority. */
  redis_ca: string
  /** What function names begin with. */
  function_prefix: string
  /** The ledger's limits: parts in flight, parts that a run begins with, and how long a part and a run are waited for. */
  in_flight: number
  start: number
  lease_s: number
  keep_s: number
  /** Messages above this go to S3 and travel as a reference. */
  inline_limit_bytes: number
  log_level: 'DEBUG' | 'INFO' | 'WARN' | 'ERROR'
}

interface Kind {
  expected: string
  fits: (value: unknown) => boolean
  default?: unknown
  secret?: true
}

/** The longest message that Lambda takes for later. */
export const ASYNC_LIMIT_BYTES = 1_048_576

const DAY_S = 24 * 3600
/** How long a secret is kept. */
const KEPT_MS = 300_000

const KINDS: Record<keyof Values, Kind> = {
  bucket: text(/^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/, 'the name of an S3 bucket'),
  redis_url: { ...text(/^rediss?:\/\//, 'redis://… or rediss://…'), secret: true },
  redis_ca: { ...text(/^$|-----BEGIN CERTIFICATE-----/, 'a certificate in PEM'), default: '' },
  function_prefix: { ...text(/^[\w-]{0,50}$/, 'at most 50 letters, digits, - and _'), default: 'switchyard-' },
  in_flight: { ...wholeNumber(1, 100_000), default: 100 },
  start: { ...wholeNumber(1, 1000), default: 8 },
  lease_s: { ...wholeNumber(1, DAY_S), default: 900 },
  keep_s: { ...wholeNumber(60, 365 * DAY_S), default: 7 * DAY_S },
  inline_limit_bytes: { ...wholeNumber(1000, ASYNC_LIMIT_BYTES), default: 200_000 },
  log_level: { ...text(/^(DEBUG|INFO|WARN|ERROR)$/, 'DEBUG, INFO, WARN or ERROR'), default: 'INFO' },
}

/** Where secrets come from: a fresh one if `refresh`, undefined if there is none. */
export type Secrets = (path: string, refresh: boolean) => Promise<string | undefined>

/** The values of one environment. */
export class Config {
  readonly #env: string
  readonly #file: Promise<ConfigFile>
  readonly #secrets: Secrets
  #refresh = new Set<string>()

  constructor(env: string, file: Promise<ConfigFile>, secrets: Secrets) {
    this.#env = env
    this.#file = file
    this.#secrets = secrets
  }

  async get<K extends keyof Values>(key: K): Promise<Values[K]> {
    const kind = KINDS[key]
    return (kind.secret ? await this.#secret(key, kind) : (await this.#file).value(this.#env, key)) as Values[K]
  }

  /** From now on secrets are read anew, once each. */
  refresh(): void {
    for (const [key, { secret }] of Object.entries(KINDS)) if (secret) this.#refresh.add(key)
  }

  async #secret(key: string, { fits, expected }: Kind): Promise<unknown> {
    const path = `/switchyard/${this.#env}/${key}`
    const value = await this.#secrets(path, this.#refresh.has(key))
    this.#refresh.delete(key)
    if (value === undefined) throw new HostFailure(`SSM parameter ${path} is missing, expected ${expected}`, false)
    if (!fits(value)) throw new HostFailure(`SSM parameter ${path}: expected ${expected}; what it is stays secret`, false)
    return value
  }
}

/** The file: `{"common": {…}, "environments": {"prod": {…}}}`, where an environment's own values count before the common ones. */
export class ConfigFile {
  readonly #name: string
  readonly #sections = new Map<string, Record<string, unknown>>()

  /** Reads a file's text; anything in it that is unknown or wrong is an error. */
  constructor(name: string, text: string) {
    this.#name = name
    const { common = {}, environments = {}, ...rest } = object(name, parse(name, text))
    for (const field of Object.keys(rest)) throw wrong(`${name}: `, field, 'unknown', 'common or environments')
    this.#add('common', common)
    for (const [env, section] of Object.entries(object(`${name}: environments`, environments))) {
      this.#add(`environments.${env}`, section)
    }
  }

  value(env: string, key: keyof Values): unknown {
    const own = this.#sections.get(`environments.${env}`) ?? {}
    const value = own[key] ?? this.#sections.get('common')?.[key] ?? KINDS[key].default
    if (value === undefined) throw wrong(`${this.#name}: environments.${env}`, key, 'missing', KINDS[key].expected)
    return value
  }

  #add(name: string, value: unknown): void {
    const where = `${this.#name}: ${name}`
    const section = object(where, value)
    for (const [field, given] of Object.entries(section)) {
      const kind = KINDS[field as keyof Values]
      if (!kind) throw wrong(where, field, 'unknown', `one of ${Object.keys(KINDS).join(', ')}`)
      if (kind.secret) throw wrong(where, field, 'a secret', `it in SSM, as /switchyard/{env}/${field}`)
      if (!kind.fits(given)) throw wrong(where, field, `\`${JSON.stringify(given)}\``, kind.expected)
    }
    this.#sections.set(name, section)
  }
}

/** Secrets of SSM Parameter Store, kept for five minutes. */
export function ssmSecrets(): Secrets {
  const kept = new Map<string, { value: Promise<string | undefined>; until_ms: number }>()
  return (path, refresh) => {
    const before = kept.get(path)
    if (before && !refresh && Date.now() < before.until_ms) return before.value
    const value = parameter(path)
    kept.set(path, { value, until_ms: Date.now() + KEPT_MS })
    // What was not told, or is not there, is asked for again.
    value.then(
      (value) => value ?? kept.delete(path),
      () => kept.delete(path),
    )
    return value
  }
}

async function parameter(path: string): Promise<string | undefined> {
  const headers = { 'content-type': 'application/x-amz-json-1.1', 'x-amz-target': 'AmazonSSM.GetParameter' }
  const body = new TextEncoder().encode(JSON.stringify({ Name: path, WithDecryption: true }))
  try {
    const answered = await ssm.ask({ method: 'POST', path: '/', headers, body })
    const { Parameter } = JSON.parse(new TextDecoder().decode(answered.body)) as { Parameter?: { Value?: string } }
    return Parameter?.Value
  } catch (error) {
    if (error instanceof AwsError && error.name === 'ParameterNotFound') return undefined
    throw awsFailure(`SSM parameter ${path}`, error)
  }
}

function text(form: RegExp, expected: string): Kind {
  return { expected, fits: (value) => typeof value === 'string' && form.test(value) }
}

function wholeNumber(least: number, most: number): Kind {
  const fits = (value: unknown) => Number.isInteger(value) && (value as number) >= least && (value as number) <= most
  return { expected: `a whole number from ${least} to ${most}`, fits }
}

function parse(name: string, text: string): unknown {
  try {
    return JSON.parse(text)
  } catch (error) {
    throw new HostFailure(`${name}: expected JSON (${(error as Error).message})`, false)
  }
}

function object(where: string, value: unknown): Record<string, unknown> {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Record<string, unknown>
  throw new HostFailure(`${where}: got \`${JSON.stringify(value)}\`, expected a JSON object`, false)
}

function wrong(where: string, field: string, is: string, expected: string): HostFailure {
  return new HostFailure(`${where.endsWith(' ') ? where : `${where}.`}${field} is ${is}, expected ${expected}`, false)
}
