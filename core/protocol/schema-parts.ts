import * as v from 'valibot';

/** What the schemas of messages are made of: everything bounded, nothing trusted. */
export const text = (max = 1024) => v.pipe(v.string(), v.maxLength(max));
export const count = v.pipe(v.number(), v.safeInteger(), v.minValue(0));
export const list = <T extends v.GenericSchema>(item: T, max = 100_000) => v.pipe(v.array(item), v.maxLength(max), v.readonly());
export const record = <T extends v.GenericSchema>(value: T, max = 10_000) =>
  v.pipe(
    v.record(text(), value),
    v.check((entries) => Object.keys(entries).length <= max, 'has too many entries'),
  );
/** An optional key that is absent rather than undefined, as exactOptionalPropertyTypes wants it. */
export const maybe = <T extends v.GenericSchema>(item: T) => v.exactOptional(item);
