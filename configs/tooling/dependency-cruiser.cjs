// The folder rules: what each folder of src may import besides itself, and what must not be reached even indirectly.
const MAY_IMPORT = {
  units: [],
  settings: ['units'],
  experiment: ['units'],
  calls: [],
  telemetry: [],
  grid: ['units', 'calls', 'telemetry'],
  policy: ['units', 'experiment', 'grid'],
  plan: ['units', 'experiment', 'grid', 'policy'],
  training: ['units', 'experiment'],
  energy: ['units'],
  emissions: ['units', 'grid', 'energy'],
  execution: ['units', 'experiment', 'plan', 'training'],
  record: ['units', 'experiment', 'policy', 'plan', 'energy', 'emissions', 'training'],
  tracking: ['units', 'calls', 'experiment', 'energy', 'emissions', 'record', 'telemetry'],
  report: ['units'],
  workflows: [
    'units',
    'telemetry',
    'experiment',
    'grid',
    'policy',
    'plan',
    'training',
    'energy',
    'emissions',
    'execution',
    'record',
    'report',
    'tracking',
  ],
  store: [
    'units',
    'settings',
    'experiment',
    'grid',
    'policy',
    'plan',
    'training',
    'energy',
    'emissions',
    'execution',
    'record',
    'report',
    'tracking',
  ],
  api: ['units', 'telemetry', 'experiment', 'grid', 'policy', 'plan', 'energy', 'emissions', 'record', 'tracking', 'workflows'],
  client: [],
  dashboard: ['client'],
  cli: ['units', 'settings', 'experiment', 'grid', 'plan', 'report', 'tracking', 'client', 'workflows'],
};

const folders = Object.entries(MAY_IMPORT).map(([folder, allowed]) => ({
  name: `${folder}-imports`,
  severity: 'error',
  from: { path: `^src/${folder}/` },
  to: { path: '^src/', pathNot: [folder, ...allowed].map((each) => `^src/${each}/`) },
}));

/** Only the protocol of training, free of tfjs, may be known outside of it. */
const protocolOnly = {
  name: 'training-protocol-only',
  severity: 'error',
  from: { path: '^src/', pathNot: '^src/training/' },
  to: { path: '^src/training/', pathNot: '^src/training/protocol\\.ts$' },
};

const packageOnlyIn = (name, pattern, home) => ({
  name: `${name}-only-in-${home}`,
  severity: 'error',
  from: { path: '^src/', pathNot: `^src/${home}/` },
  to: { path: pattern },
});

module.exports = {
  forbidden: [
    ...folders,
    protocolOnly,
    { name: 'no-cycles', severity: 'error', from: { path: '^src/' }, to: { circular: true } },
    {
      name: 'known-folders',
      severity: 'error',
      from: {
        path: `^src/(?!(${Object.keys(MAY_IMPORT).join('|')})/|(main|open-database|open-grid|open-tracking|examine-machine|examine-reporting)\\.ts$)`,
      },
      to: {},
    },
    packageOnlyIn('typeorm', 'node_modules/typeorm/', 'store'),
    packageOnlyIn('type-graphql', 'node_modules/(type-graphql|@apollo/server|@as-integrations)/', 'api'),
    packageOnlyIn('tfjs', 'node_modules/@tensorflow/', 'training'),
    packageOnlyIn('prometheus', 'node_modules/prom-client/', 'api'),
    packageOnlyIn('opentelemetry-sdk', 'node_modules/@opentelemetry/(?!api/)', 'telemetry'),
    {
      name: 'trainer-thread-alone',
      comment: 'A trainer thread must not reach the database or the API, even indirectly.',
      severity: 'error',
      from: { path: '^src/training/(thread|checkpoint-thread|datasets/read-thread|survey-process)\\.ts$' },
      to: { path: 'node_modules/(typeorm|pg|pg-boss|@apollo|type-graphql|graphql)/', reachable: true },
    },
    {
      name: 'api-without-tfjs',
      comment: 'The API process must not reach tfjs, even indirectly.',
      severity: 'error',
      from: { path: '^src/main\\.ts$' },
      to: { path: 'node_modules/@tensorflow/', reachable: true },
    },
  ],
  options: {
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    doNotFollow: { path: 'node_modules' },
    exclude: { path: 'src/training/kernels/assembly' },
    enhancedResolveOptions: { exportsFields: ['exports'], conditionNames: ['import', 'require', 'node', 'default', 'types'] },
  },
};
