import { expect, test } from 'vitest';
import { FORM } from '#lib/testing/policies.ts';
import { choices, type Described, described, listed, plainFields } from './schema.ts';

const schema = FORM.document_schema as Described;

test('a field has its limits, and its words before those of its type', () => {
  expect(described(schema, 'mute_days').maximum).toBe(365);
  expect(described(schema, 'preset').description).toBe('How strict.');
  expect(described(schema, 'preset').oneOf?.[0]?.const).toBe('gentle');
  expect(described(schema, 'text_threshold.shift').minimum).toBe(-1000);
  expect(described(schema, 'nothing.here')).toEqual({});
});

test('what may be one of several words says which, and what each means', () => {
  expect(choices(described(schema, 'preset'))[0]).toEqual({
    value: 'gentle',
    description: expect.any(String)
  });
  expect(choices(described(schema, 'mute_days'))).toEqual([]);
});

test('numbers and switches are found at the top and within an object', () => {
  expect(plainFields(schema)).toEqual(['preset', 'mute_days']);
  expect(plainFields(schema, 'text_threshold')).toEqual([
    'text_threshold.automatic',
    'text_threshold.shift'
  ]);
});

test('a list of words says which, and what is no list says none', () => {
  expect(listed(schema, 'kinds')).toEqual([{ value: 'gentle', description: 'Mild.' }]);
  expect(listed(schema, 'mute_days')).toEqual([]);
});
