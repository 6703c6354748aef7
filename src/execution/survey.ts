/** Asks processes of their own what can train here and with which data, so that this one never loads tfjs. */
import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { BackendName, SurveyAnswer, SurveyedBackend, SurveyedDataset, SurveyQuestion, TrainerHost } from '../training/protocol.js';

const ENTRY = fileURLToPath(new URL('../training/survey-process.js', import.meta.url));

/** Real time for an answer; a driver that hangs does not answer at all. */
const ANSWER_MS = 60_000;

/** Never rejects: a backend that takes its process with it is not usable. */
export const surveyBackend = async (name: BackendName, host: TrainerHost): Promise<SurveyedBackend> => {
  const answer = await ask({ kind: 'backend', name, host });
  if (typeof answer === 'string') return { usable: false, installed: true, reason: answer };
  if (answer.kind !== 'backend') throw new Error(`a question about ${name} was answered with ${answer.kind}`);
  return answer.backend;
};

/** @throws Error when the answering process fails */
export const surveyDatasets = async (): Promise<readonly SurveyedDataset[]> => {
  const answer = await ask({ kind: 'datasets' });
  if (typeof answer === 'string') throw new Error(`cannot look for datasets: ${answer}`);
  if (answer.kind !== 'datasets') throw new Error(`a question about datasets was answered with ${answer.kind}`);
  return answer.datasets;
};

/** The answer, or how the process ended without one. */
const ask = (question: SurveyQuestion): Promise<SurveyAnswer | string> =>
  new Promise((resolve) => {
    const asked = fork(ENTRY, { stdio: ['ignore', 'ignore', 'pipe', 'ipc'], timeout: ANSWER_MS, killSignal: 'SIGKILL' });
    let complaint = '';
    asked.stderr?.on('data', (chunk: Buffer) => (complaint = lastLine(complaint + chunk.toString())));
    asked.once('message', resolve);
    asked.on('error', ({ message }) => {
      resolve(`its process does not start: ${message}`);
    });
    asked.once('close', (code, signal) => {
      const how =
        signal === null ? `with status ${String(code)}` : asked.killed ? `for want of an answer in ${ANSWER_MS / 1000} s` : `by ${signal}`;
      resolve(`its process was ended ${how}${complaint === '' ? '' : `: ${complaint}`}`);
    });
    asked.send(question);
  });

const lastLine = (text: string): string => text.trimEnd().split('\n').at(-1)!;
