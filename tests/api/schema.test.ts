import fs from 'node:fs';
import path from 'node:path';
import { isInputObjectType, isInterfaceType, isIntrospectionType, isObjectType, isSpecifiedScalarType } from 'graphql';
// Decorators need the compiler's build; its types are those of the sources.
import type { buildApiSchema as Build, emitSchema as Emit } from '../../src/api/schema.js';

const { buildApiSchema, emitSchema } = (await import(path.resolve('dist/src/api/schema.js'))) as {
  buildApiSchema: typeof Build;
  emitSchema: typeof Emit;
};

test('schema.graphql is what the resolvers make (npm run schema writes it)', async () => {
  expect(fs.readFileSync('src/api/schema.graphql', 'utf8')).toBe(await emitSchema());
});

test('every type, field, argument and enum value says what it is', async () => {
  const schema = await buildApiSchema();
  const silent: string[] = [];
  for (const type of Object.values(schema.getTypeMap())) {
    if (isIntrospectionType(type) || isSpecifiedScalarType(type)) continue;
    const root = [schema.getQueryType(), schema.getMutationType(), schema.getSubscriptionType()].includes(type as never);
    if (!root && !type.description) silent.push(type.name);
    if (!(isObjectType(type) || isInterfaceType(type) || isInputObjectType(type))) continue;
    for (const field of Object.values(type.getFields())) {
      if (!field.description) silent.push(`${type.name}.${field.name}`);
      for (const argument of 'args' in field ? field.args : [])
        if (!argument.description) silent.push(`${type.name}.${field.name}(${argument.name})`);
    }
  }
  expect(silent).toEqual([]);
});
