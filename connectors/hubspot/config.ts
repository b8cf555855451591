import { z } from 'zod'

export const config = z.strictObject({
  base_url: z
    .url()
    .regex(/^https?:\/\/[^/?#@]+\/?$/, 'must be an origin without a path, like http://127.0.0.1:8420')
    .optional()
    .meta({ description: "Where requests go instead of HubSpot's own API, for a sandbox.", deploymentOption: true }),
  requests_per_10_seconds: z
    .number()
    .int()
    .min(1)
    .max(250)
    .optional()
    .describe('What the plan of the account allows, if not 190: 100 on Free and Starter.'),
})

export type Config = z.infer<typeof config>
