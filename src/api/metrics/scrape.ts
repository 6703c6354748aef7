/** Answers one scrape by Prometheus: the process's own metrics and the service's, as they are now. */
import type { Response } from 'express';
import { Registry } from 'prom-client';
import type { Lowtide } from '../../workflows/lowtide.js';
import type { ProcessMetrics } from './process-metrics.js';
import { serviceMetrics } from './service-metrics.js';

export const scrape = async (lowtide: Lowtide, process: ProcessMetrics, response: Response): Promise<void> => {
  const observed = await lowtide.observe();
  const service = serviceMetrics(observed, { version: lowtide.version, gridSpeed: lowtide.gridClock.speed });
  const all = Registry.merge([process.registry, service]);
  response.type(all.contentType).send(await all.metrics());
};
