// How clients name functions: by name, partial ARN or ARN, with an alias in it or beside it. The alias is the environment.

import { invalidParameter, ServiceError } from './service-error.ts'

export interface Names {
  /** What function names begin with. */
  prefix: string
  region: string
  /** The aliases that all functions have. */
  aliases: readonly string[]
}

/** What a client wants to call. */
export interface Target {
  component: string
  /** An alias, or `$LATEST`. */
  qualifier: string
  /** The alias in lower case; `dev` without one. */
  env: string
  functionName: string
  /** As the function is told it: unqualified if the client's was. */
  arn: string
}

/** Nobody's account: there is none behind a development server. */
export const ACCOUNT = '000000000000'
export const LATEST = '$LATEST'
const UNQUALIFIED_ENV = 'dev'

/** What there is if nothing else is said. */
export function defaultNames(): Names {
  return { prefix: 'switchyard-', region: process.env.AWS_REGION || 'eu-west-2', aliases: ['DEV', 'STAGING', 'PROD'] }
}

/** The environments that the aliases stand for. */
export function environments(names: Names): string[] {
  return [...new Set([UNQUALIFIED_ENV, ...names.aliases.map(environment)])]
}

/** The target in an environment, where that is known and not an alias. */
export function targetIn(names: Names, component: string, env: string): Target {
  return target(
    names,
    component,
    names.aliases.find((alias) => environment(alias) === env),
  )
}

/** A function's target. */
export function target(names: Names, component: string, qualifier?: string): Target {
  const functionName = `${names.prefix}${component}`
  const arn = `arn:aws:lambda:${names.region}:${ACCOUNT}:function:${functionName}${qualifier === undefined ? '' : `:${qualifier}`}`
  return { component, qualifier: qualifier ?? LATEST, env: environment(qualifier ?? LATEST), functionName, arn }
}

/** The function's ARN with its qualifier, even where the client gave none. */
export function qualifiedArn({ arn, functionName, qualifier }: Target): string {
  return arn.endsWith(`:function:${functionName}`) ? `${arn}:${qualifier}` : arn
}

/** Finds what a client named. Whatever account and region an ARN is of, it means the function here: a client need change nothing
 * but its endpoint.
 *
 * @throws ServiceError if it is not there.
 */
export function find(names: Names, exists: (component: string) => boolean, name: string, qualifier?: string): Target {
  const parts = NAME.exec(name)?.groups
  if (!parts?.function) throw invalidParameter(constraint('functionName', name, NAME.source.replaceAll(/\?<\w+>/g, '')))
  if (qualifier && !QUALIFIER.test(qualifier)) throw invalidParameter(constraint('qualifier', qualifier, QUALIFIER.source))
  if (qualifier && parts.qualifier !== undefined && parts.qualifier !== qualifier) {
    throw invalidParameter('The derived qualifier from the function name does not match the specified qualifier.')
  }
  const asked = parts.qualifier ?? (qualifier || undefined)
  const known = parts.function.startsWith(names.prefix)
  const found = target(names, known ? parts.function.slice(names.prefix.length) : '', asked)
  const arn = known ? found.arn : found.arn.replace(`:function:${names.prefix}`, `:function:${parts.function}`)
  const aliased = asked === undefined || asked === LATEST || names.aliases.includes(asked)
  if (!known || !exists(found.component) || !aliased) {
    throw new ServiceError(404, 'ResourceNotFoundException', `Function not found: ${arn}`)
  }
  return found
}

// The patterns that the API documents, with names for their parts.
const NAME =
  /^(?:arn:(?:aws[a-zA-Z-]*)?:lambda:)?(?:[a-z]{2}(?:-gov|-iso[a-z]?)?-[a-z]+-\d:)?(?:\d{12}:)?(?:function:)?(?<function>[a-zA-Z0-9-_.]+)(?::(?<qualifier>\$LATEST|[a-zA-Z0-9-_]+))?$/
const QUALIFIER = /^[a-zA-Z0-9$_-]{1,128}$/

function constraint(field: string, value: string, pattern: string): string {
  const expected = `Member must satisfy regular expression pattern: ${pattern}`
  return `1 validation error detected: Value '${value}' at '${field}' failed to satisfy constraint: ${expected}`
}

function environment(qualifier: string): string {
  return qualifier === LATEST ? UNQUALIFIED_ENV : qualifier.toLowerCase()
}
