// A worker thread: one instance of the wasm module, called with whatever the pool sends.

import { call } from '../../../wasm/pkg/switchyard.js'
import { serve } from './instance.ts'

serve(({ component, env, message }, host) => call(component, env, message, host))
