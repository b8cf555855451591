import type { z } from 'zod'
import { company } from './company.ts'
import { customer } from './customer.ts'
import { deal } from './deal.ts'
import { invoice } from './invoice.ts'
import { payment } from './payment.ts'
import { product } from './product.ts'
import { subscription } from './subscription.ts'

/** Every unified model that is made from entities, by name. (`event` is stored as it arrives, and is not mapped.) */
export const models = { customer, company, deal, product, subscription, invoice, payment }

export type ModelName = keyof typeof models
export type Model = (typeof models)[ModelName]
export const modelNames = Object.keys(models) as [ModelName, ...ModelName[]]

/** What a mapper gives, with what the source leaves out left out. */
export type Unified = { [Name in ModelName]: z.input<(typeof models)[Name]['schema']> }[ModelName]
/** A record after the model's schema has checked it and filled what is missing with null. */
export type UnifiedRecord = { [Name in ModelName]: z.output<(typeof models)[Name]['schema']> }[ModelName]

export type { ColumnType, Field } from './model.ts'
