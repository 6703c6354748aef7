/** What holds for everything on the page: that the grid is a replay, and whether the page is up to date. */
import { useEffect, useState } from 'preact/hooks';
import { clockTime, duration, fullTime, zoneName } from './format.js';
import { connection, gridNow, service } from './session.js';

const GONE_AFTER_MS = 12_000;

export const Notices = () => {
  const replay = service.value?.replay;
  return (
    <aside class="notices" aria-label="Notices">
      <Staleness />
      {replay === null || replay === undefined ? null : <p class="notice">{replay.notice}</p>}
    </aside>
  );
};

const Staleness = () => {
  const now = connection.value;
  const [gone, setGone] = useState<unknown>(undefined);
  useEffect(() => {
    if (now.kind !== 'returned') return undefined;
    const timer = setTimeout(() => setGone(now), GONE_AFTER_MS);
    return () => clearTimeout(timer);
  }, [now]);
  return (
    <div role="status">
      {now.kind === 'lost' ? (
        <p class="stale">No connection since {clockTime(now.since)}. This is what was known then; the page keeps trying.</p>
      ) : null}
      {now.kind === 'returned' && gone !== now ? (
        <p class="back">
          Connected again since {clockTime(now.at)}, after {duration((now.at - now.lostAt) / 1000)}. Every event of the time between has
          been or is being caught up.
        </p>
      ) : null}
    </div>
  );
};

/** The grid's clock, and that the reader's own zone is used for it. */
export const GridClock = () => {
  const [, tick] = useState(0);
  useEffect(() => {
    const timer = setInterval(() => tick((count) => count + 1), 1000);
    return () => clearInterval(timer);
  }, []);
  const now = gridNow();
  if (now === undefined || service.value === undefined) return null;
  const stale = connection.value.kind === 'lost';
  return (
    <p class="clock">
      <span>{service.value.replay === null ? 'Now' : 'Grid time, replayed'}</span>
      <time dateTime={new Date(now).toISOString()}>
        {stale ? 'not known' : fullTime(now)} {stale ? '' : zoneName}
      </time>
    </p>
  );
};
