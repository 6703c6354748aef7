/** A run's account: its own share beside the host's total, what the figures cover, and how they were restated. */
import { Arg, Ctx, FieldResolver, Float, ID, Mutation, Resolver, Root } from 'type-graphql';
import type { Context } from '../context.js';
import {
  componentView,
  CoverageType,
  gapView,
  metersOf,
  PredictionType,
  predictionView,
  RestatementType,
  restatementView,
  SettleRunResult,
  settlementView,
} from '../types/account-types.js';
import { RunType } from '../types/run-type.js';
import { kwh } from '../types/kwh.js';

@Resolver(() => RunType)
export class AccountResolver {
  @FieldResolver(() => Float, {
    nullable: true,
    description:
      "kWh above what the host draws at rest that are the run's own, by its threads' processor time, overhead included; null where not known of all its energy.",
  })
  async attributedEnergyKwh(@Root() { stored }: RunType, @Ctx() context: Context): Promise<number | null> {
    const { share } = await context.account(stored);
    return share === undefined ? null : kwh(share.energy);
  }

  @FieldResolver(() => Float, {
    nullable: true,
    description: "gCO2eq of the run's own share, where the grid's intensity is known; null where the share is not known.",
  })
  async attributedEmissionsGco2eq(@Root() { stored }: RunType, @Ctx() context: Context): Promise<number | null> {
    return (await context.account(stored)).share?.emissions ?? null;
  }

  @FieldResolver(() => CoverageType, { description: 'What its totals cover.' })
  async coverage(@Root() { stored }: RunType, @Ctx() context: Context): Promise<CoverageType> {
    const { summary } = stored;
    const meters = metersOf(summary);
    const notCovered = meters.length === 0 ? context.lowtide.meterCoverage.notCovered : meters.flatMap((meter) => meter.notCovered);
    return {
      energyWithKnownIntensityPercent: (await context.account(stored)).coveredPercent ?? null,
      components: summary.energyByComponent.map((total) => componentView(total, meters)),
      notCovered: [...new Map(notCovered.map((each) => [`${each.component} ${each.reason}`, each])).values()],
      gaps: summary.coverageGaps.map(gapView),
      lateSeconds: summary.sampleGapMs / 1000,
    };
  }

  @FieldResolver(() => [RestatementType], { description: 'Settlements that changed its ledger, in order.' })
  restatements(@Root() { stored }: RunType): RestatementType[] {
    return stored.summary.restatements.map(restatementView);
  }

  @FieldResolver(() => PredictionType, { nullable: true, description: 'What was predicted after the first epoch; null before it.' })
  prediction(@Root() { stored }: RunType): PredictionType | null {
    const { prediction } = stored.summary;
    return prediction === undefined ? null : predictionView(prediction);
  }

  @Mutation(() => SettleRunResult, {
    description: 'Books anew what was booked on forecasts, estimates or nothing, where better readings are there by now.',
  })
  async settleRun(
    @Arg('id', () => ID, { description: 'Id of the run.' }) id: string,
    @Ctx() { lowtide }: Context,
  ): Promise<typeof SettleRunResult> {
    return settlementView(id, await lowtide.settleRun(id));
  }
}
