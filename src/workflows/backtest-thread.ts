/** Entry of the thread a backtest is worked out in, so that a server answers meanwhile. */
import { parentPort, workerData } from 'node:worker_threads';
import { backtest, BacktestRefused, type BacktestRequest } from '../plan/backtest.js';
import type { BacktestAnswer } from './run-backtest.js';

const answerTo = (request: BacktestRequest): BacktestAnswer => {
  try {
    return { kind: 'replayed', report: backtest(request) };
  } catch (failure) {
    if (failure instanceof BacktestRefused) return { kind: 'refused', message: failure.message };
    throw failure;
  }
};

parentPort?.postMessage(answerTo(workerData as BacktestRequest));
