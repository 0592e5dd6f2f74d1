// Which environment a command means: of a development server, or on AWS.

import type { Environment } from '../environment/environment.ts'
import { UsageError } from '../errors.ts'

export const DEFAULT_SERVER = 'http://127.0.0.1:4000'

/** The options of every command that may mean an environment elsewhere: any of them does. */
export const WHERE_OPTIONS = { server: { type: 'string' }, env: { type: 'string' } } as const

export const WHERE_HELP = `  --env ENV     the environment on AWS; with --server, the environment of that server
  --server URL  a development server (default: SWITCHYARD_SERVER, or ${DEFAULT_SERVER})`

export type Where = { [option in keyof typeof WHERE_OPTIONS]?: string | undefined }

/** What a command's options say of it. */
export function whereOf(values: Where): Where {
  return Object.fromEntries(Object.keys(WHERE_OPTIONS).map((option) => [option, values[option as keyof Where]]))
}

/** Whether they name an environment, for commands that otherwise work in this process. */
export function isElsewhere(values: Where): boolean {
  return Object.values(whereOf(values)).some((value) => value !== undefined)
}

/** Refuses options that are about this process where another is meant. */
export function onlyHere(where: Where, options: Record<string, string | undefined>, why: string): void {
  const [given] = Object.entries(options).filter(([, value]) => value !== undefined)
  if (given && isElsewhere(where)) throw new UsageError(`--${given[0]}: got \`${given[1]}\`, expected none: ${why}`)
}

/** Opens what the options name: AWS where only an environment is given. */
export async function openElsewhere({ server, env }: Where): Promise<Environment> {
  if (env !== undefined && !/^[a-z0-9_-]+$/i.test(env)) {
    throw new UsageError(`--env: got \`${env}\`, expected the name of an environment, such as dev`)
  }
  if (env !== undefined && server === undefined) {
    const [{ AwsEnvironment }, { note }] = await Promise.all([import('../aws/environment.ts'), import('../terminal/progress.ts')])
    return AwsEnvironment.open(env.toLowerCase(), note)
  }
  const { ServerEnvironment } = await import('../server/client.ts')
  const url = server || process.env.SWITCHYARD_SERVER || DEFAULT_SERVER
  return new ServerEnvironment(url, env?.toLowerCase() ?? 'dev')
}

/** Does something with the environment that the options name, and closes it. */
export async function within<T>(where: Where, work: (at: Environment) => Promise<T>): Promise<T> {
  const at = await openElsewhere(where)
  try {
    return await work(at)
  } finally {
    await at.close()
  }
}
