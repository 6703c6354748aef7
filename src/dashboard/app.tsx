/** The frame of the page around its three views. */
import { useEffect } from 'preact/hooks';
import { ServiceDocument } from '../client/documents.js';
import { announcement } from './announce.js';
import { GridClock, Notices } from './notices.js';
import { route, type Route } from './route.js';
import { RunList } from './run-list.js';
import { RunPage } from './run-page.js';
import { askedIfThere, connection, service, tokenAsked } from './session.js';
import { SubmitPage } from './submit/submit-page.js';
import { TokenDialog } from './token-dialog.js';

const askService = async (): Promise<void> => {
  const answer = await askedIfThere(ServiceDocument);
  if (answer !== undefined) service.value = { ...answer.service, toldAt: Date.now() };
};

export const App = () => {
  const { kind } = connection.value;
  useEffect(() => {
    if (kind !== 'lost') void askService();
  }, [kind]);
  const at = route.value;
  return (
    <div class={kind === 'lost' ? 'page is-stale' : 'page'}>
      <a class="skip" href="#main">
        Skip to content
      </a>
      <header>
        <a class="brand" href="/">
          <svg viewBox="0 0 32 20" aria-hidden="true">
            <path d="M2 6c4 0 4 4 8 4s4-4 8-4s4 4 8 4s3-2 4-3M2 14c4 0 4 4 8 4s4-4 8-4s4 4 8 4s3-2 4-3" />
          </svg>
          Lowtide
        </a>
        <nav aria-label="Pages">
          <a href="/" aria-current={at.view === 'submit' ? undefined : 'page'}>
            Runs
          </a>
          <a href="/submit" aria-current={at.view === 'submit' ? 'page' : undefined}>
            Submit
          </a>
          <a href="/reports">Reports</a>
        </nav>
        <GridClock />
      </header>
      <Notices />
      <main id="main">
        <View at={at} />
      </main>
      <footer>
        {service.value === undefined ? null : (
          <p>
            Lowtide {service.value.version} on {service.value.host}. Metered:{' '}
            {service.value.meter.covered.map(({ component, method }) => `${component.toUpperCase()} by ${method}`).join(', ') || 'nothing'}
            {service.value.meter.notCovered.length === 0
              ? ''
              : `; not covered: ${service.value.meter.notCovered.map(({ component }) => component.toUpperCase()).join(', ')}`}
            .
          </p>
        )}
      </footer>
      <p class="unseen" aria-live="polite">
        {announcement.value}
      </p>
      {tokenAsked.value ? <TokenDialog /> : null}
    </div>
  );
};

const View = ({ at }: { readonly at: Route }) => {
  switch (at.view) {
    case 'runs':
      return <RunList states={at.states} project={at.project} />;
    case 'run':
      return <RunPage key={at.id} id={at.id} />;
    case 'submit':
      return <SubmitPage />;
  }
};
