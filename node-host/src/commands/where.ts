// Which environment a command means. One rule for all of them: of the server that --server names, or else SWITCHYARD_SERVER; where
// neither does, the one on AWS that --env names; and otherwise this process, or for commands about runs the default server.

import type { ParseArgsOptionsConfig } from 'node:util'
import type { Environment } from '../environment/environment.ts'
import { UsageError } from '../errors.ts'
import { parse, shellLine } from '../terminal/args.ts'

export const DEFAULT_SERVER = 'http://127.0.0.1:4000'

/** The options of every command that may mean an environment elsewhere: any of them does. */
export const WHERE_OPTIONS = { server: { type: 'string' }, env: { type: 'string' } } as const

/** What every command says of them, and what it means without them. */
export function whereHelp(otherwise: 'here' | 'the server'): string {
  const without = otherwise === 'here' ? 'work in this process' : `ask ${DEFAULT_SERVER}`
  return `  --server [URL]
                ask this development server (default: the variable SWITCHYARD_SERVER, or ${DEFAULT_SERVER})
  --env ENV     ask this environment: of that server; where neither --server nor SWITCHYARD_SERVER names one, on AWS
                Without both options and the variable: ${without}. SWITCHYARD_SERVER= before a command unsets it`
}

export type Where = { [option in keyof typeof WHERE_OPTIONS]?: string | undefined }

/** An option that may stand alone, and what a value that follows it looks like. */
export type Alone = Record<`--${string}`, RegExp>

/** Parses the arguments of a command with these options and its own. */
export function parseWhere<T extends ParseArgsOptionsConfig>(args: readonly string[], options: T, alone: Alone = {}) {
  const values: Alone = { '--server': /^https?:|:\d+/, ...alone }
  const named = args.map((arg, at) => {
    const value = Object.hasOwn(values, arg) ? values[arg as `--${string}`] : undefined
    return value && !value.test(args[at + 1] ?? '') ? `${arg}=` : arg
  })
  return parse(named, { ...options, ...WHERE_OPTIONS })
}

/** What a command's options say of it. */
export function whereOf(values: Where): Where {
  return Object.fromEntries(Object.keys(WHERE_OPTIONS).map((option) => [option, values[option as keyof Where]]))
}

/** The command line that is about a run in the same environment. */
export function about(where: Where, command: string, ...args: string[]): string {
  const options = Object.entries(whereOf(where)).flatMap(([name, value]) => {
    if (value === undefined) return []
    return value === '' ? [`--${name}`] : [`--${name}`, value]
  })
  return `switchyard ${shellLine([command, ...args, ...options])}`
}

/** What becomes of a run elsewhere whose client is interrupted. */
export function goesOn(where: Where, run: string): string {
  return `The run goes on there. To see it: ${about(where, 'watch', run)}; to end it: ${about(where, 'cancel', run)}`
}

/** Whether an environment is named, for commands that otherwise work in this process. */
export function isElsewhere({ server, env }: Where): boolean {
  return server !== undefined || env !== undefined || variable() !== undefined
}

/** Refuses options that are about this process where another is meant. */
export function onlyHere(where: Where, options: Record<string, string | undefined>, why: string): void {
  const [given] = Object.entries(options).filter(([, value]) => value !== undefined)
  if (!given || !isElsewhere(where)) return
  const by = where.server === undefined && variable() !== undefined ? ` (SWITCHYARD_SERVER is ${variable()})` : ''
  throw new UsageError(`--${given[0]}: got \`${given[1]}\`, expected none: ${why}${by}`)
}

/** Opens what the options and the variable name. */
export async function openElsewhere({ server, env }: Where): Promise<Environment> {
  if (env !== undefined && !/^[a-z0-9_-]+$/i.test(env)) {
    throw new UsageError(`--env: got \`${env}\`, expected the name of an environment, such as dev`)
  }
  const url = server || variable()
  if (env !== undefined && server === undefined && url === undefined) {
    const [{ AwsEnvironment }, { note }] = await Promise.all([import('../aws/environment.ts'), import('../terminal/progress.ts')])
    return AwsEnvironment.open(env.toLowerCase(), note)
  }
  const { ServerEnvironment } = await import('../server/client.ts')
  return new ServerEnvironment(url ?? DEFAULT_SERVER, env?.toLowerCase() ?? 'dev', server ? '--server' : 'SWITCHYARD_SERVER')
}

/** The same for commands that otherwise work in this process: that the variable sends them elsewhere is easily forgotten. */
export async function openNamed(where: Where, say: (message: string) => void): Promise<Environment> {
  const at = await openElsewhere(where)
  if (where.server === undefined && variable() !== undefined) say(`At ${at.where}, as SWITCHYARD_SERVER says`)
  return at
}

/** Does something with the environment that is named, and closes it. */
export async function within<T>(where: Where, work: (at: Environment) => Promise<T>): Promise<T> {
  const at = await openElsewhere(where)
  try {
    return await work(at)
  } finally {
    await at.close()
  }
}

/** An empty one names none, as is usual. */
function variable(): string | undefined {
  return process.env.SWITCHYARD_SERVER || undefined
}
