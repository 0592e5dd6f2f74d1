// Which Switchyard a command means: a development server, or an environment on AWS.

import { UsageError } from '../errors.ts'
import type { Remote } from './remote.ts'

export const DEFAULT_SERVER = 'http://127.0.0.1:4000'

/** The options of every command that asks a remote one. */
export const REMOTE_OPTIONS = { server: { type: 'string' }, env: { type: 'string' } } as const

export const REMOTE_HELP = `  --env ENV     the environment on AWS; with --server, the environment of that server
  --server URL  a development server (default: SWITCHYARD_SERVER, or ${DEFAULT_SERVER})`

export interface RemoteChoice {
  server?: string | undefined
  env?: string | undefined
}

/** Opens what the options name: AWS where only an environment is given. */
export async function openRemote({ server, env }: RemoteChoice): Promise<Remote> {
  if (env !== undefined && !/^[a-z0-9_-]+$/i.test(env)) {
    throw new UsageError(`--env: got \`${env}\`, expected the name of an environment, such as dev`)
  }
  if (env !== undefined && server === undefined) {
    const { AwsRemote } = await import('./aws.ts')
    return AwsRemote.open(env.toLowerCase())
  }
  const { ServerRemote } = await import('./server.ts')
  const url = server || process.env.SWITCHYARD_SERVER || DEFAULT_SERVER
  return new ServerRemote(url, env?.toLowerCase() ?? 'dev')
}
