/** The directions of the imports (ARCHITECTURE.md). A type import counts as an import. */
const only = (name, from, to) => ({
  name,
  severity: 'error',
  from: { path: from },
  to: { path: '^(src|webview|python|test|bench|scripts)/', pathNot: to },
});
module.exports = {
  forbidden: [
    { name: 'no-cycle', severity: 'error', from: {}, to: { circular: true } },
    only('webview', '^webview/', '^(webview/|src/(protocol|rpc|words(-chart|-numbers|-table)?)\\.ts$)'),
    only('recipe', '^src/recipe/', '^src/(recipe/|core/(errors|table)\\.ts$)'),
    only('formats', '^src/formats/', '^src/(formats/|core/(errors|table)\\.ts$)'),
    only(
      'engine',
      '^src/engine/',
      '^src/(engine/|formats/|recipe/|protocol\\.ts$|rpc\\.ts$|words(-table)?\\.ts$|core/(errors|table|time-steps|text-patterns|run|model|monitor|share)\\.ts$)',
    ),
    only(
      'core',
      '^src/core/',
      '^src/(core/|recipe/|formats/|protocol\\.ts$|rpc\\.ts$|words(-chart|-numbers|-table)?\\.ts$)',
    ),
    only('stores', '^src/stores/', '^src/(stores/|core/)'),
    // Of the stores only the logins and failures of a cloud, which are the same for its tables.
    only(
      'sources',
      '^src/sources/',
      '^src/(sources/|core/|stores/(google-|network-)|protocol\\.ts$|rpc\\.ts$|words\\.ts$)',
    ),
    only('providers', '^src/providers/', '^src/(providers/|core/|stores/)'),
    only(
      'cli',
      '^src/cli/',
      '^src/(cli/|core/|recipe/|formats/|protocol\\.ts$|rpc\\.ts$|words(-chart|-numbers|-table)?\\.ts$)',
    ),
    only(
      'ui',
      '^src/ui/',
      '^src/(ui/|core/|recipe/|formats/|protocol\\.ts$|rpc\\.ts$|words(-chart|-numbers|-table)?\\.ts$)',
    ),
    only(
      'protocol',
      '^src/protocol(-engine|-edit|-query|-chart|-rows|-preprocess)?\\.ts$',
      '^src/(protocol-(engine|edit|query|chart|rows|preprocess)\\.ts$|core/(errors|table|time-steps|run|model|monitor|provider)\\.ts$|recipe/(model|plan|report)\\.ts$)',
    ),
    only('words', '^src/words\\.ts$', '^src/words\\.ts$'),
    only('words-more', '^src/words-', '^src/(words(-chart|-numbers|-table)?|protocol)\\.ts$'),
    only('rpc', '^src/rpc\\.ts$', '^src/core/errors\\.ts$'),
    {
      name: 'provider-alone',
      severity: 'error',
      from: { path: '^src/providers/([^/]+)/' },
      to: { path: '^src/providers/', pathNot: '^src/providers/($1|cloud)/' },
    },
    {
      name: 'vscode-in-ui',
      severity: 'error',
      from: { path: '^(src|webview)/', pathNot: '^src/(ui/|extension\\.ts$)' },
      to: { path: '(^vscode$|@types/vscode)' },
    },
    {
      name: 'duckdb-in-engine',
      severity: 'error',
      from: { path: '^(src|webview)/', pathNot: '^src/engine/' },
      to: { path: '@duckdb' },
    },
  ],
  options: {
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    doNotFollow: { path: 'node_modules' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'require', 'node', 'default', 'types'],
    },
  },
};
