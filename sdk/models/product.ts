import { boolean, defineModel, text } from './model.ts'

export const product = defineModel({
  name: 'product',
  table: 'products',
  version: '1.0.0',
  fields: {
    name: text(),
    description: text(),
    active: boolean({ filter: true }),
    sku: text({ filter: true }),
    url: text(),
    image_url: text(),
    unit_label: text(),
    default_price_id: text(),
  },
})
