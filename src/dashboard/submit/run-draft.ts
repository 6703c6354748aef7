/** What the form holds, as text, and the run it asks for. */
import type { RunSpecInput, ScheduleInput, ScheduleMode } from '../../client/documents.js';

export interface RunDraft {
  readonly name: string;
  readonly zone: string;
  readonly model: string;
  readonly dataset: string;
  readonly trainImages: string;
  readonly epochs: string;
  readonly batchSize: string;
  readonly microBatchSize: string;
  readonly mode: ScheduleMode;
  readonly hours: string;
  readonly interruptible: boolean;
  readonly ceiling: string;
  readonly budget: string;
}

export const FIRST_DRAFT: RunDraft = {
  name: 'candidate',
  zone: '',
  model: 'simple-cnn',
  dataset: 'mnist',
  trainImages: '10000',
  epochs: '1',
  batchSize: '64',
  microBatchSize: '',
  mode: 'PLANNED',
  hours: '24',
  interruptible: false,
  ceiling: '200',
  budget: '',
};

/** Left to the server to judge: what is no number is sent as none, and refused with its place. */
export const specOf = (draft: RunDraft): RunSpecInput => ({
  name: draft.name.trim(),
  zone: draft.zone,
  training: {
    model: { name: draft.model },
    dataset: { name: draft.dataset, ...optional('trainImages', draft.trainImages) },
    batchSize: Number(draft.batchSize),
    ...optional('microBatchSize', draft.microBatchSize),
    epochs: Number(draft.epochs),
  },
  schedule: scheduleOf(draft),
  ...optional('budgetGco2eq', draft.budget),
});

const scheduleOf = ({ mode, hours, interruptible, ceiling }: RunDraft): ScheduleInput => {
  const span = spanOf(Number(hours));
  switch (mode) {
    case 'IMMEDIATE':
      return { mode };
    case 'PLANNED':
      return { mode, finishWithin: span, ...(interruptible ? { interruptible } : {}) };
    case 'THRESHOLD':
      return { mode, maxWait: span, ceilingGco2eqPerKwh: Number(ceiling) };
  }
};

/** What is no number is sent as it is, and refused. */
const spanOf = (hours: number): string => (Number.isInteger(hours) ? `PT${hours}H` : `PT${Math.round(60 * hours)}M`);

const optional = (name: string, text: string): Readonly<Record<string, number>> => (text.trim() === '' ? {} : { [name]: Number(text) });

/** The field of the form at a problem's path; undefined for one the form does not have. */
export const fieldAt = (path: string): keyof RunDraft | undefined => FIELDS[path.replace(/^(spec|input\.runs\[?\.?0\]?)\./, '')];

const FIELDS: Readonly<Record<string, keyof RunDraft>> = {
  name: 'name',
  zone: 'zone',
  'training.model': 'model',
  'training.model.name': 'model',
  'training.dataset': 'dataset',
  'training.dataset.name': 'dataset',
  'training.dataset.trainImages': 'trainImages',
  'training.epochs': 'epochs',
  'training.batchSize': 'batchSize',
  'training.microBatchSize': 'microBatchSize',
  'schedule.finishWithin': 'hours',
  'schedule.maxWait': 'hours',
  'schedule.ceilingGco2eqPerKwh': 'ceiling',
  budgetGco2eq: 'budget',
};
