/** Wiring of the live export to an experiment tracker: an MLflow server, when the settings name one. */
import type { Settings } from './settings/settings.js';
import { RUN_CHANNEL } from './store/append-facts.js';
import type { openDataSource } from './store/data-source.js';
import { exportBook } from './store/export-book.js';
import type { Notifications } from './store/notifications.js';
import { mlflowTracker } from './tracking/mlflow/mlflow-tracker.js';
import type { TrackedSource } from './tracking/tracked-run.js';
import { wallClock } from './units/clock.js';
import { exportLive, type LiveExport } from './workflows/export-live.js';

export interface TrackingWiring {
  readonly settings: Pick<Settings, 'mlflowUri' | 'mlflowCredentials'>;
  readonly source: TrackedSource;
  readonly dataSource: Awaited<ReturnType<typeof openDataSource>>;
  readonly notifications: Notifications;
  /** Names this process. */
  readonly process: string;
  readonly log: (line: string) => void;
  readonly onFault: (fault: Error) => void;
}

/** Undefined: there is no tracker to tell. */
export const openTracking = ({ settings, source, dataSource, notifications, ...wiring }: TrackingWiring): LiveExport | undefined =>
  settings.mlflowUri === undefined
    ? undefined
    : exportLive({
        tracker: mlflowTracker({ uri: settings.mlflowUri, credentials: settings.mlflowCredentials }),
        source,
        book: exportBook(dataSource),
        clock: wallClock,
        exporter: wiring.process,
        onNews: (listener) =>
          notifications.on(RUN_CHANNEL, (payload) => {
            // A run that has ended is told of only if it was before: what was there when the export was switched on is not sent.
            const [runId, , end] = payload.split(' ');
            listener(payload === '' || end !== undefined ? undefined : runId);
          }),
        log: wiring.log,
        onFault: wiring.onFault,
      });
