import { fromMicrojoules, kilowattHours, microjoules } from '../../units/quantities.js';

/** Stored microjoules as kWh. */
export const kwh = (energy: number): number => kilowattHours(fromMicrojoules(microjoules(energy)));
