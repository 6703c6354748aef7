/**
 * A process that answers one question about this machine and ends. A process and not a thread: a native library that does
 * not suit the machine takes its whole process with it.
 */
import { surveyDatasets } from './datasets/load-dataset.js';
import type { SurveyAnswer, SurveyQuestion } from './protocol.js';

const answerTo = async (question: SurveyQuestion): Promise<SurveyAnswer> => {
  if (question.kind === 'datasets') return { kind: 'datasets', datasets: surveyDatasets() };
  try {
    const { surveyBackend } = await import('./backends/open-backend.js');
    return { kind: 'backend', backend: await surveyBackend(question.name, question.host) };
  } catch (failure) {
    const reason = failure instanceof Error ? failure.message : String(failure);
    return { kind: 'backend', backend: { usable: false, installed: true, reason } };
  }
};

process.once('message', (question: SurveyQuestion) => {
  void answerTo(question).then((answer) => {
    // What a backend keeps running must not keep the process.
    process.send!(answer, () => process.exit());
  });
});
