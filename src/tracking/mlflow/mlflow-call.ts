/** One attempt at one call of MLflow's REST API: what is sent, checked JSON or a fault out. */
import type { z } from 'zod';
import { untilAborted, withinTime } from '../../calls/abortable.js';
import { retryAfterMs, troubleOfConnection } from '../../calls/connection-trouble.js';
import { redacted } from '../../calls/redaction.js';
import { inHttpCall } from '../../telemetry/http-call-span.js';
import { MlflowFault, troubleOfAnswer } from './mlflow-fault.js';

/** How a server lets one in. */
export type MlflowCredentials =
  | { readonly kind: 'none' }
  | { readonly kind: 'token'; readonly token: string }
  | { readonly kind: 'basic'; readonly username: string; readonly password: string };

export interface MlflowServer {
  /** Address of the server; its API lies below. */
  readonly uri: string;
  readonly credentials: MlflowCredentials;
  /** For one call, headers and body; 10 s when absent. */
  readonly timeoutMs?: number;
}

export interface MlflowRequest<T> {
  readonly method: 'GET' | 'POST' | 'PUT';
  /** Below the server's address, with its query. */
  readonly path: string;
  /** Sent as JSON. */
  readonly json?: unknown;
  /** Sent as it is. */
  readonly content?: { readonly mediaType: string; readonly body: string };
  /** Of the answer; without it the answer's text. */
  readonly shape?: z.ZodType<T>;
}

export type MlflowCall = <T>(request: MlflowRequest<T>, signal: AbortSignal) => Promise<T>;

const TIMEOUT_MS = 10_000;

/** Redirects are not followed: fetch would take the credentials along. */
export const mlflowCall =
  (server: MlflowServer): MlflowCall =>
  async (request, signal) => {
    const { timeoutMs = TIMEOUT_MS } = server;
    const where = `${request.method} ${server.uri}/${request.path.split('?')[0]!}`;
    const fault = (trouble: MlflowFault['trouble'], words: string, waitMs?: number): MlflowFault =>
      new MlflowFault(trouble, redacted(`${where} ${words}`, secretsOf(server.credentials)), waitMs);
    const timedOut = () => fault('no-answer-in-time', `was not answered within ${timeoutMs} ms`);
    const attempt = async (own: AbortSignal): Promise<{ readonly response: Response; readonly text: string }> => {
      try {
        const url = `${server.uri}/${request.path}`;
        return await inHttpCall(request.method, url, async (answered) => {
          const response = await fetch(url, { ...bodyOf(request, server.credentials), signal: own, redirect: 'manual' });
          answered(response.status);
          return { response, text: await response.text() };
        });
      } catch (failure) {
        if (own.aborted) throw failure;
        const { trouble, words } = troubleOfConnection(failure);
        throw fault(trouble, `could not be reached: ${words}`);
      }
    };
    const { response, text } = await untilAborted(signal, () => withinTime(timeoutMs, signal, attempt, timedOut));
    return valueOf(request, response, text, fault);
  };

const bodyOf = ({ method, json, content }: MlflowRequest<unknown>, credentials: MlflowCredentials): RequestInit => {
  const headers = { accept: 'application/json', 'user-agent': 'lowtide', ...authorization(credentials) };
  if (content !== undefined) return { method, headers: { ...headers, 'content-type': content.mediaType }, body: content.body };
  if (json === undefined) return { method, headers };
  return { method, headers: { ...headers, 'content-type': 'application/json' }, body: JSON.stringify(json) };
};

const valueOf = <T>(
  { shape }: MlflowRequest<T>,
  response: Response,
  text: string,
  fault: (trouble: MlflowFault['trouble'], words: string, waitMs?: number) => MlflowFault,
): T => {
  const json = parsed(text);
  if (!response.ok) {
    const { error_code: code, message } = (json ?? {}) as { readonly error_code?: string; readonly message?: string };
    const words = message === undefined ? '' : `: ${message.replace(/\s+/g, ' ').trim().slice(0, 300)}`;
    const trouble = troubleOfAnswer(response.status, code);
    const hint = trouble === 'not-mlflow' ? ', which is not how MLflow answers; is this the address of a tracking server?' : '';
    throw fault(trouble, `was answered with ${response.status}${words}${hint}`, retryAfterMs(response.headers));
  }
  if (shape === undefined) return text as T;
  const result = shape.safeParse(json);
  if (result.success) return result.data;
  const [first] = result.error.issues;
  throw fault(
    'not-mlflow',
    `was answered in another shape than MLflow's: ${first!.path.map(String).join('.') || 'the whole'}: ${first!.message}`,
  );
};

const parsed = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    return undefined; // What is not JSON is told as another shape, without quoting it.
  }
};

const authorization = (credentials: MlflowCredentials): Readonly<Record<string, string>> => {
  switch (credentials.kind) {
    case 'none':
      return {};
    case 'token':
      return { authorization: `Bearer ${credentials.token}` };
    case 'basic':
      return { authorization: `Basic ${Buffer.from(`${credentials.username}:${credentials.password}`, 'utf8').toString('base64')}` };
  }
};

const secretsOf = (credentials: MlflowCredentials): readonly string[] => {
  switch (credentials.kind) {
    case 'none':
      return [];
    case 'token':
      return [credentials.token];
    case 'basic':
      return [credentials.password, `${credentials.username}:${credentials.password}`];
  }
};
