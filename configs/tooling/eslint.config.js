import js from '@eslint/js';
import tseslint from 'typescript-eslint';

export default tseslint.config(
  {
    ignores: ['dist/**', 'node_modules/**', 'src/training/kernels/assembly/**', 'src/training/kernels/*.mjs', 'configs/**', 'coverage/**'],
  },
  js.configs.recommended,
  ...tseslint.configs.strictTypeChecked,
  {
    languageOptions: {
      parserOptions: {
        project: ['configs/tooling/tsconfig.lint.json', 'configs/tooling/tsconfig.dashboard.json'],
        tsconfigRootDir: process.cwd(),
      },
    },
    rules: {
      '@typescript-eslint/no-non-null-assertion': 'off', // Checked indexing makes it the way to say "this index exists".
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true, allowBoolean: true }],
      '@typescript-eslint/no-confusing-void-expression': ['error', { ignoreArrowShorthand: true, ignoreVoidOperator: true }],
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', varsIgnorePattern: '^_', ignoreRestSiblings: true }],
      '@typescript-eslint/no-extraneous-class': ['error', { allowWithDecorator: true, allowEmpty: true }],
      '@typescript-eslint/no-unnecessary-type-parameters': 'off', // A query's answer is typed by who asks.
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/no-unsafe-class-instance-assignment': 'off', // The API's views are plain objects of their types.
      '@typescript-eslint/no-unnecessary-type-assertion': 'off', // It would have every query's rows typed twice.
      eqeqeq: 'error',
    },
  },
  {
    // Tests read answers of the API as they come, without types, like any client.
    files: ['tests/**'],
    rules: Object.fromEntries(
      [
        'no-explicit-any',
        'no-unsafe-assignment',
        'no-unsafe-member-access',
        'no-unsafe-argument',
        'no-unsafe-return',
        'no-unsafe-call',
        'restrict-template-expressions',
        'restrict-plus-operands',
      ].map((rule) => [`@typescript-eslint/${rule}`, 'off']),
    ),
  },
);
