import hooks from 'eslint-plugin-react-hooks'
import ts from 'typescript-eslint'

export default ts.config(
  { ignores: ['dist', 'src/api/*.gen.ts'] },
  ...ts.configs.recommended,
  hooks.configs.flat['recommended-latest'],
  {
    rules: {
      'max-lines': ['error', { max: 250 }],
      complexity: ['error', 14],
      'no-restricted-imports': [
        'error',
        { paths: [{ name: 'jssip', message: 'Only src/phone knows the SIP library.' }] },
      ],
      '@typescript-eslint/no-explicit-any': 'error',
    },
  },
  { files: ['src/phone/**'], rules: { 'no-restricted-imports': 'off' } },
)
