/** Who may import whom. Each rule is one line of CONTRIBUTING.md's "house rules". */
module.exports = {
  forbidden: [
    { name: 'no-cycles', severity: 'error', from: {}, to: { circular: true } },
    {
      name: 'only-app-composes',
      comment: 'Nobody imports app.ts but main.ts and tests.',
      severity: 'error',
      from: { path: '^src/', pathNot: '^src/main\\.ts$' },
      to: { path: '^src/app\\.ts$' },
    },
    {
      name: 'graph-reaches-data-through-loaders',
      comment: 'The graph knows upstreams by type only.',
      severity: 'error',
      from: { path: '^src/graph/' },
      to: { path: '^src/upstreams/', dependencyTypesNot: ['type-only'] },
    },
    {
      name: 'upstreams-do-not-know-graphql',
      severity: 'error',
      from: { path: '^src/upstreams/' },
      to: {
        path: '^src/(graph|plugins|directives)/|^node_modules/(graphql|graphql-yoga|@pothos)/',
      },
    },
    {
      name: 'plugins-do-not-know-the-data',
      severity: 'error',
      from: { path: '^src/(plugins|directives)/' },
      to: { path: '^src/(graph|upstreams|sandbox)/' },
    },
    {
      name: 'providers-are-strangers',
      comment: 'A provider knows the rooms all providers share, and no other provider.',
      severity: 'error',
      from: {
        path: '^src/upstreams/([^/]+)/',
        pathNot: '^src/upstreams/(wire|rows|ledger|tiling)/',
      },
      to: {
        path: '^src/upstreams/([^/]+)/',
        pathNot: '^src/upstreams/($1|wire|rows|ledger|tiling)/',
      },
    },
    {
      name: 'shared-rooms-know-no-provider',
      severity: 'error',
      from: {
        path: '^src/upstreams/(wire/|rows/|ledger/|tiling/|[^/]+\\.ts$)',
        pathNot: '^src/upstreams/index\\.ts$',
      },
      to: {
        path: '^src/upstreams/[^/]+/',
        pathNot: '^src/upstreams/(wire|rows|ledger|tiling)/',
      },
    },
    {
      name: 'the-sandbox-knows-nothing-of-the-gateway',
      severity: 'error',
      from: { path: '^src/sandbox/' },
      to: { path: '^src/', pathNot: '^src/sandbox/' },
    },
    {
      name: 'only-the-composition-starts-the-sandbox',
      severity: 'error',
      from: { path: '^src/', pathNot: '^src/(app\\.ts|sandbox/)' },
      to: { path: '^src/sandbox/' },
    },
    {
      name: 'only-the-composition-loads-tracing',
      comment: 'All others tell of what they do by its types; without it, nothing of it is loaded.',
      severity: 'error',
      from: { path: '^src/', pathNot: '^src/(tracing/|app\\.ts$)' },
      to: {
        path: '^src/tracing/',
        pathNot: '^src/tracing/settings\\.ts$',
        dependencyTypesNot: ['type-only'],
      },
    },
    {
      name: 'only-tracing-knows-opentelemetry',
      severity: 'error',
      from: { path: '^src/', pathNot: '^src/tracing/' },
      to: { path: '^node_modules/@opentelemetry/' },
    },
    {
      name: 'src-ships-alone',
      comment: 'What runs in production imports nothing that is installed for development.',
      severity: 'error',
      from: { path: '^src/' },
      to: { dependencyTypes: ['npm-dev'] },
    },
    { name: 'no-orphans', severity: 'error', from: { orphan: true, path: '^src/' }, to: {} },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsConfig: { fileName: 'tsconfig.json' },
    tsPreCompilationDeps: true,
    exclude: { path: '^(dist|coverage|schema/client)/' },
  },
};
