import type { TxtRecord, ZoneLocation } from '../ports.ts'

/** What a provider is given: nearly every API wants names without that of their zone. */
export const inZone = <R extends Omit<TxtRecord, 'value'>>(record: R): R & ZoneLocation => ({
  ...record,
  relativeName: record.name === record.zone ? '' : record.name.slice(0, -record.zone.length - 1),
})
