/** An optimiser of tfjs, with what its own getWeights leaves out. */
import * as tf from '@tensorflow/tfjs';
import type { OptimizerName } from '../../experiment/catalogue.js';
import type { OptimizerSpec } from '../../experiment/training-spec.js';
import type { Optimizer, Slot } from './optimizer.js';

/** Fields of tfjs' optimisers that are not in their types. */
interface Inside {
  learningRate: number;
  setLearningRate?(rate: number): void;
  /** Adam: running products of the betas, which setWeights would work out anew, and not to the bit. */
  readonly accBeta1?: tf.Variable | tf.Scalar;
  readonly accBeta2?: tf.Variable | tf.Scalar;
}

/** tfjs' adamax is not among them: it cannot save its state. */
type StockSpec = OptimizerSpec & { readonly name: Exclude<OptimizerName, 'adamax'> };

const PRODUCTS = ['accBeta1', 'accBeta2'] as const;

export class StockOptimizer implements Optimizer {
  private readonly optimizer: tf.Optimizer;
  private steps = 0;

  constructor(
    spec: StockSpec,
    private readonly variables: readonly tf.Variable[],
  ) {
    this.optimizer = make(spec);
  }

  get stepsTaken(): number {
    return this.steps;
  }

  step(gradients: readonly tf.Tensor[], learningRate: number): void {
    if (this.inside.setLearningRate !== undefined) this.inside.setLearningRate(learningRate);
    else this.inside.learningRate = learningRate;
    this.optimizer.applyGradients(this.variables.map(({ name }, index) => ({ name, tensor: gradients[index]! })));
    this.steps += 1;
  }

  async slots(): Promise<readonly Slot[]> {
    if (this.steps === 0) return [];
    const named = (await this.optimizer.getWeights()).filter(({ name }) => name !== 'iter');
    const products = PRODUCTS.flatMap((name) => (this.inside[name] === undefined ? [] : [{ name, tensor: this.inside[name] }]));
    return Promise.all(
      [...named, ...products].map(async ({ name, tensor }, index) => ({
        // Names of variables differ from one trainer to the next; their order does not.
        name: name.startsWith('acc') ? name : `slot/${index}`,
        shape: tensor.shape,
        values: (await tensor.data()).slice() as Float32Array,
      })),
    );
  }

  async restore(steps: number, slots: readonly Slot[]): Promise<void> {
    this.steps = steps;
    const weights = slots
      .filter(({ name }) => !isProduct(name))
      .map(({ name, shape, values }) => ({ name, tensor: tf.tensor(values, [...shape]) }));
    if (steps > 0) await this.optimizer.setWeights([{ name: 'iter', tensor: tf.scalar(steps, 'int32') }, ...weights]);
    for (const { name, values } of slots) {
      if (!isProduct(name)) continue;
      const exact = tf.scalar(values[0]!);
      (this.inside[name] as tf.Variable).assign(exact);
      exact.dispose();
    }
  }

  dispose(): void {
    this.optimizer.dispose();
  }

  private get inside(): Inside {
    return this.optimizer as unknown as Inside;
  }
}

const isProduct = (name: string): name is (typeof PRODUCTS)[number] => PRODUCTS.some((product) => product === name);

const make = ({ name, learningRate, momentum }: StockSpec): tf.Optimizer => {
  switch (name) {
    case 'sgd':
      return tf.train.sgd(learningRate);
    case 'momentum':
      return tf.train.momentum(learningRate, momentum ?? 0.9);
    case 'rmsprop':
      return tf.train.rmsprop(learningRate, undefined, momentum);
    case 'adagrad':
      return tf.train.adagrad(learningRate);
    case 'adadelta':
      return tf.train.adadelta(learningRate);
    case 'adam':
      return tf.train.adam(learningRate);
  }
};
