/** Names of span attributes by the OpenTelemetry semantic conventions 1.45, by themselves: their package takes time to load. */

export const HTTP_REQUEST_METHOD = 'http.request.method';
export const HTTP_RESPONSE_STATUS_CODE = 'http.response.status_code';
export const HTTP_ROUTE = 'http.route';
export const URL_FULL = 'url.full';
export const URL_PATH = 'url.path';
export const SERVER_ADDRESS = 'server.address';
export const SERVER_PORT = 'server.port';
export const GRAPHQL_OPERATION_TYPE = 'graphql.operation.type';
export const GRAPHQL_OPERATION_NAME = 'graphql.operation.name';
export const ERROR_TYPE = 'error.type';
export const HOST_NAME = 'host.name';
