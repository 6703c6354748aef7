/** A run as a BoAmps report (Boavizta's exchange format for the energy of AI tasks, schema version 0.1). */
import type { EnergyMethod } from '../energy/sample.js';
import { kilowattHours } from '../units/quantities.js';
import { iso, type Instant } from '../units/time.js';
import { componentEnergy, type ExportedRun } from './exported-run.js';

const SPECIFICATION = 'https://github.com/Boavizta/BoAmps/tree/main/model';
const BYTES_PER_GB = 2 ** 30;
/** Counters are within some per cent; models may be off by 40 % (arXiv 2509.22092). */
const COUNTERS: readonly EnergyMethod[] = ['rapl', 'nvml-energy'];

/** Energy is the host's, before PUE, since the report describes the machine. Fields that are not known are left out. */
export const boampsReport = (run: ExportedRun, reportedAt: Instant): object => ({
  header: {
    formatVersion: '0.1',
    formatVersionSpecificationUri: SPECIFICATION,
    reportId: run.id,
    reportDatetime: dateTime(reportedAt),
    reportStatus: run.state === 'succeeded' ? 'final' : 'draft',
    publisher: { projectName: run.experimentName, confidentialityLevel: 'internal' },
  },
  task: {
    taskStage: 'training',
    taskFamily: 'image classification',
    algorithms: [
      present({
        trainingType: 'supervisedLearning',
        algorithmType: 'neural network',
        algorithmName: run.model,
        parametersNumber: run.trainableParameters === undefined ? undefined : run.trainableParameters / 1e9,
        framework: 'tensorflow.js',
        epochsNumber: run.epochs,
        optimizer: run.optimizer,
        quantization: 'fp32',
      }),
    ],
    dataset: [{ dataUsage: 'input', dataType: 'image', dataQuantity: run.trainItems, source: 'public', shape: run.dataset }],
    ...present({ measuredAccuracy: run.accuracy }),
    taskDescription: `run ${run.name} of experiment ${run.experimentName}${run.notice === undefined ? '' : `; ${run.notice}`}`,
  },
  measures: [
    present({
      measurementMethod: 'lowtide',
      version: run.version,
      cpuTrackingMode: methodOf(run, 'cpu'),
      gpuTrackingMode: methodOf(run, 'gpu'),
      averageUtilizationCpu: run.meanCpuLoad,
      powerConsumption: kilowattHours(run.energy),
      measurementDuration: run.meteredMs / 1000,
      measurementDateTime: run.startedAt === undefined ? undefined : dateTime(run.startedAt),
    }),
  ],
  system: { os: run.hardware[0]?.os ?? 'unknown' },
  software: { language: 'javascript', version: process.version },
  infrastructure: { infraType: 'onPremise', components: run.hardware.flatMap(componentsOf) },
  ...(run.country && {
    environment: present({
      country: run.country.name,
      location: run.zone,
      powerSourceCarbonIntensity: run.emissions === undefined ? undefined : run.emissions / (kilowattHours(run.energy) * run.pue),
    }),
  }),
  quality: run.components.every(({ method }) => COUNTERS.includes(method)) ? 'high' : 'low',
});

const componentsOf = ({ cpuModel, sockets, memoryBytes, gpuModels }: ExportedRun['hardware'][number]): readonly object[] => [
  { componentName: cpuModel, componentType: 'cpu', nbComponent: sockets },
  { componentType: 'ram', nbComponent: 1, memorySize: Math.round(memoryBytes / BYTES_PER_GB) },
  ...gpuModels.map((componentName) => ({ componentName, componentType: 'gpu', nbComponent: 1 })),
];

const methodOf = (run: ExportedRun, component: 'cpu' | 'gpu'): string | undefined =>
  componentEnergy(run, component, 'machine') === undefined
    ? undefined
    : run.components
        .filter((each) => each.component === component)
        .map(({ method }) => method)
        .join(', ');

const dateTime = (at: Instant): string => iso(at).slice(0, 19).replace('T', ' ');

const present = (fields: Readonly<Record<string, unknown>>): object =>
  Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));
