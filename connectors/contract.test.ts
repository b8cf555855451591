import { describeContract } from './contract.ts'
import { loadRegistry } from './registry.ts'

const registry = await loadRegistry()
for (const { manifest } of registry.all()) await describeContract(registry, manifest.type)
