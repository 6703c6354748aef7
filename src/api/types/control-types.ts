/** Answers to pausing, resuming and cancelling a run. */
import { createUnionType, Field, ObjectType } from 'type-graphql';
import type { ControlAnswer } from '../../workflows/answers.js';
import { RunStateEnum } from './enums.js';
import { RunType, runView } from './run-type.js';

@ObjectType('RunAccepted', { description: 'It will be done.' })
export class RunAcceptedType {
  kind!: string;
  @Field(() => RunType, { description: 'The run.' })
  run!: RunType;
  @Field(() => String, { description: 'What happens now.' })
  message!: string;
}

@ObjectType('IllegalRunState', { description: "Refused: the run's state does not allow it." })
export class IllegalRunStateType {
  kind!: string;
  @Field(() => RunStateEnum, { description: 'The state it is in.' })
  state!: string;
  @Field(() => String, { description: 'Which states would allow it.' })
  message!: string;
}

@ObjectType('RunNotFound', { description: 'Refused: there is no such run.' })
export class RunNotFoundType {
  kind!: string;
  @Field(() => String, { description: 'The id that was given.' })
  message!: string;
}

export const controlView = (id: string, answer: ControlAnswer): RunAcceptedType | IllegalRunStateType | RunNotFoundType => {
  switch (answer.kind) {
    case 'accepted':
      return { kind: 'RunAccepted', run: runView(answer.run), message: answer.message };
    case 'illegal':
      return { kind: 'IllegalRunState', state: answer.state, message: answer.message };
    case 'not-found':
      return { kind: 'RunNotFound', message: `there is no run ${JSON.stringify(id)}` };
  }
};

export const RunControlResult = createUnionType({
  name: 'RunControlResult',
  description: 'What became of pausing, resuming or cancelling a run.',
  types: () => [RunAcceptedType, IllegalRunStateType, RunNotFoundType] as const,
  resolveType: ({ kind }: { kind: string }) => kind,
});
