/** Reads what a form needs out of the policy's JSON Schema. */

export interface Described {
  description?: string;
  type?: string | string[];
  minimum?: number;
  maximum?: number;
  default?: unknown;
  properties?: Record<string, Described>;
  items?: Described;
  uniqueItems?: boolean;
  pattern?: string;
  maxLength?: number;
  oneOf?: (Described & { const?: string })[];
  $ref?: string;
  $defs?: Record<string, Described>;
}

/** The description of a field, e.g. `text_threshold.shift`; empty for one that the schema does not know. */
export function described(schema: Described, path: string): Described {
  let found = schema;
  for (const name of path.split('.')) {
    const property = found.properties?.[name];
    if (!property) return {};
    found = { ...resolve(schema, property), ...property };
  }
  return found;
}

/** The names of an object's fields that hold a number, a switch or one of several words, in the schema's order. */
export function plainFields(schema: Described, path = ''): string[] {
  const { properties = {} } = path ? described(schema, path) : schema;
  return Object.keys(properties)
    .map((name) => (path ? `${path}.${name}` : name))
    .filter((field) => {
      const about = described(schema, field);
      return about.type === 'integer' || about.type === 'boolean' || choices(about).length > 0;
    });
}

/** The words of which a field holds any number, in the schema's order. */
export function listed(schema: Described, path: string): { value: string; description: string }[] {
  const { items } = described(schema, path);
  return items ? choices({ ...resolve(schema, items), ...items }) : [];
}

/** The words that a field may be, with what each means; empty for a field of another kind. */
export function choices({ oneOf = [] }: Described): { value: string; description: string }[] {
  return oneOf.flatMap(({ const: value, description = '' }) =>
    value === undefined ? [] : [{ value, description }]
  );
}

function resolve(schema: Described, { $ref }: Described): Described {
  return ($ref && schema.$defs?.[$ref.replace('#/$defs/', '')]) || {};
}
