import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { readSettings } from '../../src/settings/settings.js';

const emptyDirectory = (): string => fs.mkdtempSync(path.join(os.tmpdir(), 'lowtide-settings-'));

test('without anything set, the service is private, local and replays the grid', () => {
  const directory = emptyDirectory();
  expect(readSettings({}, directory)).toMatchObject({
    home: path.join(directory, '.lowtide'),
    databaseUrl: undefined,
    host: '127.0.0.1',
    port: 4000,
    production: false,
    worker: true,
    pue: 1,
    replay: { zone: 'US-CAL-CISO', day: undefined, secondsPerHour: 10 },
  });
});

test('the environment wins over the file', () => {
  const directory = emptyDirectory();
  fs.mkdirSync(path.join(directory, 'configs'));
  fs.writeFileSync(path.join(directory, 'configs/service.yaml'), 'port: 5000\npue: 1.4\nworker: false\n');
  expect(readSettings({ LOWTIDE_PORT: '6000' }, directory)).toMatchObject({ port: 6000, pue: 1.4, worker: false });
});

test('every wrong setting is named at once, and no secret is repeated', () => {
  const wrong = {
    LOWTIDE_PORT: '99999',
    LOWTIDE_PUE: 'low',
    LOWTIDE_TOKEN: 'short',
    LOWTIDE_COLOUR: 'green',
    DATABASE_URL: 'mysql://u:hidden@h/d',
  };
  const message = (() => {
    try {
      readSettings(wrong, emptyDirectory());
    } catch (failure) {
      return (failure as Error).message;
    }
    throw new Error('accepted');
  })();
  for (const part of ['LOWTIDE_PORT: got "99999"', 'LOWTIDE_PUE', 'LOWTIDE_TOKEN', 'LOWTIDE_COLOUR: no such setting', 'DATABASE_URL'])
    expect(message).toContain(part);
  expect(message).not.toContain('short');
  expect(message).not.toContain('hidden');
});

test('zones and their sources come from the environment or the file, and keys from variables of their own', () => {
  const directory = emptyDirectory();
  fs.mkdirSync(path.join(directory, 'configs'));
  fs.writeFileSync(
    path.join(directory, 'configs/service.yaml'),
    'zones:\n  GB: [uk-carbon-intensity]\nsources:\n  eia: { url: http://127.0.0.1:1 }\n',
  );
  expect(readSettings({ LOWTIDE_EIA_KEY: 'k1', LOWTIDE_WATTTIME_PASSWORD: 'k2' }, directory)).toMatchObject({
    zones: { GB: ['uk-carbon-intensity'] },
    sources: {
      eia: { url: 'http://127.0.0.1:1', key: 'k1' },
      'watttime-average': { password: 'k2' },
      'watttime-marginal': { password: 'k2' },
    },
  });
  expect(readSettings({ LOWTIDE_ZONES: 'US-CAL-CISO = electricity-maps + eia, FR=offline-factors' }, directory).zones).toEqual({
    'US-CAL-CISO': ['electricity-maps', 'eia'],
    FR: ['offline-factors'],
  });
});

test.each(['US-CAL-CISO', 'US-CAL-CISO=', '=eia', 'A=b,'])('zones written as %j are refused with an example', (zones) => {
  expect(() => readSettings({ LOWTIDE_ZONES: zones }, emptyDirectory())).toThrow(/LOWTIDE_ZONES: got .* US-CAL-CISO=electricity-maps\+eia/);
});

test('embodied emissions are a figure and where it comes from, or neither', () => {
  const both = { LOWTIDE_EMBODIED_KGCO2EQ: '1200', LOWTIDE_EMBODIED_SOURCE: 'maker’s sheet' };
  expect(readSettings(both, emptyDirectory()).embodied).toEqual({ total: 1_200_000, lifetimeYears: 4, source: 'maker’s sheet' });
  expect(readSettings({}, emptyDirectory()).embodied).toBeUndefined();
  for (const [variable, value] of Object.entries(both))
    expect(() => readSettings({ [variable]: value }, emptyDirectory())).toThrow('LOWTIDE_EMBODIED_KGCO2EQ: needs LOWTIDE_EMBODIED_SOURCE');
});

test('what the meter looks at is machine or process', () => {
  expect(readSettings({ LOWTIDE_TRACKING_MODE: 'process', LOWTIDE_RAPL_PSYS: 'true' }, emptyDirectory())).toMatchObject({
    trackingMode: 'process',
    raplPsys: true,
  });
  expect(() => readSettings({ LOWTIDE_TRACKING_MODE: 'room' }, emptyDirectory())).toThrow(
    'LOWTIDE_TRACKING_MODE: got "room", allowed is machine or process',
  );
});

test('an MLflow server and a collector are named by our settings, and their credentials by MLflow’s and OpenTelemetry’s names too', () => {
  const off = readSettings({ MLFLOW_TRACKING_URI: 'http://127.0.0.1:5000' }, emptyDirectory());
  expect(off).toMatchObject({ mlflowUri: undefined, mlflowCredentials: { kind: 'none' }, otlpEndpoint: undefined });
  const on = {
    LOWTIDE_MLFLOW_URI: 'https://mlflow.example/',
    MLFLOW_TRACKING_USERNAME: 'me',
    MLFLOW_TRACKING_PASSWORD: 'theirs',
    LOWTIDE_MLFLOW_PASSWORD: 'ours',
    OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:4318',
  };
  expect(readSettings(on, emptyDirectory())).toMatchObject({
    mlflowUri: 'https://mlflow.example',
    mlflowCredentials: { kind: 'basic', username: 'me', password: 'ours' },
    otlpEndpoint: 'http://127.0.0.1:4318',
  });
});

test.each([
  [{ LOWTIDE_MLFLOW_URI: 'http://me:sesame@127.0.0.1:5000' }, 'LOWTIDE_MLFLOW_URI: got what was given, allowed is a URL like'],
  [{ LOWTIDE_MLFLOW_URI: 'sqlite:///mlflow.db' }, 'LOWTIDE_MLFLOW_URI: got what was given, allowed is a URL like'],
  [{ LOWTIDE_MLFLOW_PASSWORD: 'sesame' }, 'LOWTIDE_MLFLOW_PASSWORD: needs LOWTIDE_MLFLOW_USERNAME beside it'],
  [{ LOWTIDE_MLFLOW_TOKEN: 'sesame', LOWTIDE_MLFLOW_USERNAME: 'me' }, 'LOWTIDE_MLFLOW_TOKEN: set it, or LOWTIDE_MLFLOW_USERNAME and'],
])('credentials that are half or twice there, or stand in the address, are refused and not repeated', (environment, message) => {
  const reading = () => readSettings(environment, emptyDirectory());
  expect(reading).toThrow(message);
  expect(reading).not.toThrow('sesame');
});
