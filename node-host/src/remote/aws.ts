// An environment on AWS as the command line sees it: Lambda, S3 and Redis, as node-host/config.json and SSM say.
//
// The environment is an alias of every function, as deployments make them: `--env prod` is PROD, `--env dev` is DEV. What is not
// published under an alias, which for components is dev too, is not reached from here.

import { ConfigFile, ssmSecrets } from '../aws/config.ts'
import { readConfig } from '../aws/files.ts'
import { type Environment, Environments } from '../aws/host.ts'
import { type Answer, call, invoke } from '../aws/lambda.ts'
import { HostFailure, UsageError } from '../errors.ts'
import { type Answered, kindOf } from '../event.ts'
import { loadPackage } from '../local/module.ts'
import { note } from '../predict/progress.ts'
import type { RunLine, Snapshot } from '../server/interface.ts'
import { type Event, type Listener, namesOf, ofRun, type Remote, RemoteError, unknownComponent } from './remote.ts'

/** Who asks, as far as messages do not say. */
const CLIENT = 'command-line'

export class AwsRemote implements Remote {
  readonly where = 'AWS'
  readonly env: string
  readonly #environments: Environments
  readonly #at: Environment

  /** Reads the configuration; nobody is asked yet. */
  static async open(env: string): Promise<AwsRemote> {
    const file = readConfig().then((text) => new ConfigFile('node-host/config.json', text))
    const environments = new Environments(file, ssmSecrets(), (_, message) => note(message))
    try {
      return new AwsRemote(env, environments, await environments.at(env, env.toUpperCase()))
    } catch (error) {
      throw error instanceof HostFailure ? new UsageError(error.message) : error
    }
  }

  private constructor(env: string, environments: Environments, at: Environment) {
    this.env = env
    this.#environments = environments
    this.#at = at
  }

  async call(component: string, event: Event): Promise<Answered> {
    const { payload, error, log } = await this.#invoked(component, () => call(this.#at.functions, component, json(event), CLIENT))
    if (error) throw functionError(component, error, log)
    return JSON.parse(new TextDecoder().decode(payload)) as Answered
  }

  async launch(component: string, event: Event): Promise<{ run: string; request_id: string }> {
    return namesOf(event, await this.#invoked(component, () => invoke(this.#at.functions, component, json(event))))
  }

  async look(run: string): Promise<Snapshot> {
    const step = JSON.stringify({ env: this.env, run, by: 'look', act: { look: {} } })
    const { state, done, of, message, lost } = JSON.parse(await asked(() => this.#at.host.step(step))) as Snapshot
    return { run, state, done, of, message, lost }
  }

  async runs(): Promise<RunLine[]> {
    return asked(async () => (await this.#at.redis()).ledger.runs(this.env))
  }

  async subscribe(run: string | undefined, listener: Listener): Promise<() => void> {
    const topics = `switchyard:${this.env}:*`
    const unsubscribe = await asked(async () => (await this.#at.redis()).bus.subscribe(topics, ofRun(run, listener)))
    return () => void unsubscribe().catch(() => {})
  }

  read(key: string): Promise<Uint8Array | undefined> {
    return asked(() => this.#at.host.read(key))
  }

  write(key: string, bytes: Uint8Array): Promise<void> {
    return asked(() => this.#at.host.write(key, bytes))
  }

  list(prefix: string): Promise<string[]> {
    return asked(() => this.#at.host.list(prefix))
  }

  close(): Promise<void> {
    return this.#environments.close()
  }

  /** What the function is deployed as is for Lambda to say; what it could have been, for this version. */
  async #invoked<T>(component: string, ask: () => Promise<T>): Promise<T> {
    try {
      return await asked(ask)
    } catch (error) {
      if (!(error instanceof RemoteError) || !error.message.includes('ResourceNotFoundException')) throw error
      const components = (await loadPackage()).exports.components()
      if (!components.includes(component)) throw unknownComponent(component, components, ` (${error.message})`)
      throw error
    }
  }
}

/** Asks AWS or Redis; what they refuse is told in words, and whether asking again may help. */
async function asked<T>(ask: () => T | Promise<T>): Promise<T> {
  try {
    return await ask()
  } catch (error) {
    if (!(error instanceof HostFailure)) throw error
    const { message, retry } = error
    const [, advice = ''] = ADVICE.find(([what]) => what.test(message)) ?? []
    throw new RemoteError({ kind: 'host', message: `${message}${advice}`, retry })
  }
}

/** What helps against what is missing here. */
const ADVICE: [RegExp, string][] = [
  [
    /CredentialsProviderError/,
    ': expected AWS_PROFILE, AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or what `aws configure` writes',
  ],
  [/Region is missing/, ': expected AWS_REGION, or a region in the profile'],
]

/** What a component says went wrong; or what became of it, with the end of its log. */
function functionError(component: string, { errorType = '', errorMessage = '' }: NonNullable<Answer['error']>, log?: string) {
  const kind = kindOf(errorType)
  // Of the host alone it is not known; nothing else may pass.
  if (kind !== undefined) return new RemoteError({ kind, message: errorMessage, retry: kind === 'host' || kind === 'stored' })
  const end = log ? `. Its log ends so:\n${log.trimEnd()}` : ''
  return new RemoteError({ kind: errorType, message: `${component}: ${errorType}: ${errorMessage}${end}`, retry: true })
}

function json(value: unknown): Uint8Array {
  return new TextEncoder().encode(JSON.stringify(value))
}
