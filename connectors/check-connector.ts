import { mappingFields } from '@tributary/sdk'
import type { Connector, Resource } from '@tributary/sdk'
import type { Manifest } from '@tributary/sdk/manifest'

/** Everything in which a manifest and its code disagree, each with the field that it is about and what to do. */
export const findProblems = (manifest: Manifest, connector: Connector): string[] => [
  ...manifest.resources.flatMap((resource, index) =>
    resourceProblems(resource, connector).map(
      (problem) => `manifest.json: resources.${index} (${resource.name}).${problem}`,
    ),
  ),
  ...capabilityProblems(manifest, connector),
]

/** Of one resource, from the manifest or discovered. */
export function resourceProblems({ name, model, mapping }: Resource, { map = {} }: Pick<Connector, 'map'>): string[] {
  const hasMapper = Object.hasOwn(map, name)
  if (!model) return mapping ? ['mapping: has no model to map to; add `model`'] : []
  if (!mapping)
    return hasMapper ? [] : [`model: nothing makes a ${model} of it; add \`mapping\`, or map.${name} in index.ts`]
  const fields = mappingFields(model)
  const unknown = Object.keys(mapping).filter((field) => !fields.has(field))
  return [
    ...unknown.map((field) => `mapping.${field}: is no field of ${model}; there are ${[...fields.keys()].join(', ')}`),
    ...(hasMapper ? [`mapping: map.${name} in index.ts does the same; leave one of them out`] : []),
  ]
}

/** What can be seen without opening a connection; the contract suite compares the rest. */
const capabilityProblems = ({ capabilities, feed, resources }: Manifest, connector: Connector): string[] => [
  ...(capabilities.includes('webhook') === 'webhook' in connector
    ? []
    : ['manifest.json: capabilities: "webhook" goes with `webhook` in index.ts; have both or neither']),
  ...(feed && !connector.readEvent ? ['manifest.json: feed: goes with `readEvent` in index.ts; add it'] : []),
  ...(!feed && resources.some(({ incremental }) => incremental === 'feed')
    ? ['manifest.json: feed: is missing, and a resource has `"incremental": "feed"`']
    : []),
]
