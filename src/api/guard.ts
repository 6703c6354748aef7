/** What every operation must pass, whether it comes over HTTP or over a WebSocket. */
import { timingSafeEqual, createHash, randomUUID } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import {
  getOperationAST,
  GraphQLError,
  Kind,
  NoSchemaIntrospectionCustomRule,
  parse,
  specifiedRules,
  validate,
  type ASTVisitor,
  type DocumentNode,
  type FragmentDefinitionNode,
  type GraphQLFormattedError,
  type GraphQLSchema,
  type SelectionSetNode,
  type ValidationContext,
  type ValidationRule,
} from 'graphql';
import { fieldExtensionsEstimator, getComplexity, simpleEstimator } from 'graphql-query-complexity';
import { wallClock } from '../units/clock.js';
import { sessionsOf } from './session.js';

export const LIMITS = {
  /** Levels of fields; the standard introspection query has 13. */
  depth: 15,
  /** Fields, lists counted by their length where it is asked for. */
  complexity: 2000,
  tokens: 4000,
  bodyBytes: 256 * 1024,
} as const;

export interface Guard {
  readonly rules: readonly ValidationRule[];
  /** @throws GraphQLError when the operation is too complex */
  expectSimple(document: DocumentNode, operationName: string | undefined, variables: Readonly<Record<string, unknown>>): void;
  /** A document that may be executed, or why not. */
  admit(
    query: string,
    operationName: string | undefined,
    variables: Readonly<Record<string, unknown>>,
  ): { readonly document: DocumentNode } | { readonly errors: readonly GraphQLError[] };
  /** Without what is inside: an unexpected error gets an id, which is logged with its stack. */
  format(formatted: GraphQLFormattedError, error: unknown): GraphQLFormattedError;
  allowsOrigin(origin: string | undefined, host: string | undefined): boolean;
  allowsToken(authorization: unknown): boolean;
  /** By its token, or by the session of a browser that logged in. */
  allowsRequest(headers: Pick<IncomingHttpHeaders, 'authorization' | 'cookie'>): boolean;
  /** Value of a Set-Cookie header for who gave the token; undefined for who did not. @param secure whether it came over TLS */
  openSession(token: string, secure: boolean): string | undefined;
}

export interface GuardOptions {
  readonly production: boolean;
  readonly token: string | undefined;
  readonly allowedOrigins: readonly string[];
  /** Takes the log line of an unexpected error. */
  log(line: string): void;
}

export const guardOf = (schema: GraphQLSchema, options: GuardOptions): Guard => {
  const { token } = options;
  const sessions = token === undefined ? undefined : sessionsOf(token);
  const allowsToken = (authorization: unknown): boolean => token === undefined || sameText(authorization, `Bearer ${token}`);
  const rules = [depthRule(LIMITS.depth), ...(options.production ? [NoSchemaIntrospectionCustomRule] : [])];
  const expectSimple: Guard['expectSimple'] = (document, operationName, variables) => {
    const estimators = [fieldExtensionsEstimator(), simpleEstimator({ defaultComplexity: 1 })];
    const complexity = getComplexity({
      schema,
      query: document,
      variables: { ...variables },
      estimators,
      ...(operationName === undefined ? {} : { operationName }),
    });
    if (complexity > LIMITS.complexity)
      throw refused(`the operation has complexity ${complexity}, allowed is ${LIMITS.complexity}; ask for fewer fields or shorter lists`);
  };
  return {
    rules,
    expectSimple,
    admit(query, operationName, variables) {
      try {
        const document = parse(query, { maxLexicalTokens: LIMITS.tokens });
        const errors = validate(schema, document, [...specifiedRules, ...rules]);
        if (errors.length > 0) return { errors };
        if (!getOperationAST(document, operationName)) return { errors: [refused('the document has no operation of that name')] };
        expectSimple(document, operationName, variables);
        return { document };
      } catch (failure) {
        return { errors: [failure instanceof GraphQLError ? failure : refused(String(failure))] };
      }
    },
    format(formatted, error) {
      const cause = error instanceof GraphQLError ? error.originalError : error;
      const expected = cause === undefined || cause === null || cause instanceof GraphQLError;
      if (expected) return withoutStack(formatted);
      const id = randomUUID();
      options.log(`error ${id}: ${cause instanceof Error ? (cause.stack ?? cause.message) : JSON.stringify(cause)}`);
      return {
        message: `Internal server error (${id})`,
        ...(formatted.path === undefined ? {} : { path: formatted.path }),
        extensions: { code: 'INTERNAL_SERVER_ERROR', id },
      };
    },
    allowsOrigin: (origin, host) => origin === undefined || options.allowedOrigins.includes(origin) || sameHost(origin, host),
    allowsToken,
    allowsRequest: ({ authorization, cookie }) => allowsToken(authorization) || sessions?.holds(cookie, wallClock.now()) === true,
    openSession: (given, secure) => (token !== undefined && sameText(given, token) ? sessions?.open(wallClock.now(), secure) : undefined),
  };
};

const withoutStack = (formatted: GraphQLFormattedError): GraphQLFormattedError => {
  const { stacktrace: _stacktrace, ...extensions } = formatted.extensions ?? {};
  return { ...formatted, extensions };
};

const refused = (message: string): GraphQLError =>
  new GraphQLError(message, { extensions: { code: 'OPERATION_REFUSED', http: { status: 400 } } });

const sameHost = (origin: string, host: string | undefined): boolean =>
  URL.canParse(origin) && host !== undefined && new URL(origin).host === host;

/** In constant time. */
const sameText = (given: unknown, wanted: string): boolean => {
  const digest = (text: string) => createHash('sha256').update(text).digest();
  return typeof given === 'string' && timingSafeEqual(digest(given), digest(wanted));
};

const depthRule =
  (most: number): ValidationRule =>
  (context: ValidationContext): ASTVisitor => {
    const fragments = new Map<string, FragmentDefinitionNode>();
    for (const definition of context.getDocument().definitions) {
      if (definition.kind === Kind.FRAGMENT_DEFINITION) fragments.set(definition.name.value, definition);
    }
    const known = new Map<string, number>();
    const depthOf = (set: SelectionSetNode | undefined): number => {
      if (set === undefined) return 0;
      const depths = set.selections.map((node) => {
        if (node.kind === Kind.FIELD) return 1 + depthOf(node.selectionSet);
        if (node.kind === Kind.INLINE_FRAGMENT) return depthOf(node.selectionSet);
        return ofFragment(node.name.value);
      });
      return depths.reduce((deepest, depth) => Math.max(deepest, depth), 0);
    };
    // Entered with 0 first, so that a fragment within itself (refused by another rule) ends here.
    const ofFragment = (name: string): number => {
      const depth = known.get(name);
      if (depth !== undefined) return depth;
      known.set(name, 0);
      const found = depthOf(fragments.get(name)?.selectionSet);
      known.set(name, found);
      return found;
    };
    return {
      OperationDefinition(node) {
        const depth = depthOf(node.selectionSet);
        if (depth > most)
          context.reportError(
            new GraphQLError(`the operation is ${depth} levels deep, allowed are ${most}`, {
              nodes: [node],
              extensions: { code: 'OPERATION_REFUSED' },
            }),
          );
      },
    };
  };
