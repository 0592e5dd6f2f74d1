// What functions are called: `switchyard-plan:PROD` is the component plan of the environment prod.

export interface Names {
  /** What function names begin with. */
  prefix: string
  region: string
  /** The aliases that all functions have. */
  aliases: readonly string[]
}

/** A function that is to be invoked. */
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
/** What is not called by an alias. */
export const UNQUALIFIED_ENV = 'dev'

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

function environment(qualifier: string): string {
  return qualifier === LATEST ? UNQUALIFIED_ENV : qualifier.toLowerCase()
}
