/** Settings of where a service reports to: an MLflow server, a collector of traces. */
import { z } from 'zod';
import { SettingsError, variableOf } from './setting-names.js';

export type MlflowCredentials =
  | { readonly kind: 'none' }
  | { readonly kind: 'token'; readonly token: string }
  | { readonly kind: 'basic'; readonly username: string; readonly password: string };

const HTTP_URL = 'a URL like http://127.0.0.1:5000, without a password or a query in it';
export const httpUrl = z
  .string(HTTP_URL)
  .refine((text) => URL.canParse(text) && /^https?:\/\/[^@?#]+$/.test(text), HTTP_URL)
  .transform((text) => text.replace(/\/+$/, ''));

/** Names other programs have for the same; a setting of ours goes before. */
export const OTHERS_NAMES: Readonly<Record<string, string>> = {
  mlflow_token: 'MLFLOW_TRACKING_TOKEN',
  mlflow_username: 'MLFLOW_TRACKING_USERNAME',
  mlflow_password: 'MLFLOW_TRACKING_PASSWORD',
  otlp_endpoint: 'OTEL_EXPORTER_OTLP_ENDPOINT',
};

/** @throws SettingsError when both ways are set, or half of one */
export const credentialsOf = (token: string | undefined, username: string | undefined, password: string | undefined): MlflowCredentials => {
  const [token_, username_, password_] = ['mlflow_token', 'mlflow_username', 'mlflow_password'].map(variableOf);
  if (token !== undefined && (username !== undefined || password !== undefined))
    throw new SettingsError([`${token_}: set it, or ${username_} and ${password_}, not both`]);
  if (token !== undefined) return { kind: 'token', token };
  if (username !== undefined && password !== undefined) return { kind: 'basic', username, password };
  if (username === undefined && password === undefined) return { kind: 'none' };
  throw new SettingsError([
    `${username === undefined ? password_ : username_}: needs ${username === undefined ? username_ : password_} beside it`,
  ]);
};
