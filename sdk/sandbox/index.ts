export { defineSandbox } from './define.ts'
export type {
  HttpSandbox,
  Mutations,
  Sandbox,
  SandboxDefinition,
  SandboxFactory,
  SandboxPlan,
  StartOptions,
} from './define.ts'
export { serveHttp } from './http.ts'
export type { HttpOptions, HttpSide, Intervention, Reply, RequestHook, SandboxRequest } from './http.ts'
export { noFaults } from './faults.ts'
export type { FaultName, Faults } from './faults.ts'
export type { LoggedRequest, RequestLog } from './request-log.ts'
export type { Clock } from './clock.ts'
export { createRandom } from './random.ts'
export type { Random } from './random.ts'
export { inventAddress, inventPerson } from './people.ts'
export type { Person, PostalAddress } from './people.ts'
