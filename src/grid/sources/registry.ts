/** The kinds of sources a user may set up: a new one is its file and one line here. */
import { CARBON_AWARE_SDK } from './carbon-aware-sdk.js';
import { EIA } from './eia.js';
import { ELECTRICITY_MAPS } from './electricity-maps.js';
import { OFFLINE_FACTORS, OFFLINE_FACTORS_DIRECT } from './offline-factors.js';
import { RECORDED_TRACES } from './recorded-traces.js';
import type { SourceType } from './source-options.js';
import { SYNTHETIC_SINUSOID } from './synthetic-sinusoid.js';
import { UK_CARBON_INTENSITY } from './uk-carbon-intensity.js';
import { WATTTIME_AVERAGE, WATTTIME_MARGINAL } from './watttime.js';

export const SOURCE_TYPES: readonly SourceType[] = [
  ELECTRICITY_MAPS,
  WATTTIME_MARGINAL,
  WATTTIME_AVERAGE,
  UK_CARBON_INTENSITY,
  CARBON_AWARE_SDK,
  EIA,
  RECORDED_TRACES,
  OFFLINE_FACTORS,
  OFFLINE_FACTORS_DIRECT,
  SYNTHETIC_SINUSOID,
];
