// The account as the SDK's own chains find it: environment, profiles, SSO, the machine's role. In the bundle a module of its own says
// that there are none: Lambda puts all that is needed into the environment.

import { defaultProvider } from '@aws-sdk/credential-provider-node'
import { loadConfig, NODE_REGION_CONFIG_FILE_OPTIONS, NODE_REGION_CONFIG_OPTIONS } from '@smithy/core/config'

export async function configuredAccount(service: string) {
  const region = await loadConfig(NODE_REGION_CONFIG_OPTIONS, NODE_REGION_CONFIG_FILE_OPTIONS)()
  const endpoint = await loadConfig<string | undefined>({
    environmentVariableSelector: (env) => env[`AWS_ENDPOINT_URL_${service.toUpperCase()}`] || env.AWS_ENDPOINT_URL,
    configFileSelector: (profile, file) =>
      file?.[`services.${profile.services}`]?.[`${service}.endpoint_url`] ?? profile.endpoint_url,
    default: undefined,
  })()
  return { region, credentials: defaultProvider({ clientConfig: { region } }), endpoint }
}
