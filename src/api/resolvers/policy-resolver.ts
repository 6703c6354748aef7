/** Policies: setting them, what is in force, raising budgets, and the compliance report. */
import { Arg, Ctx, Int, Mutation, Query, Resolver } from 'type-graphql';
import { parsePolicy } from '../../policy/parse-policy.js';
import type { BudgetPeriod } from '../../policy/policy.js';
import { grams } from '../../units/quantities.js';
import { badInput, expectWithin } from '../bad-input.js';
import type { Context } from '../context.js';
import { withoutNulls } from '../types/inputs.js';
import { BudgetStateType, budgetStateView, RaiseBudgetInput, RaiseBudgetResult, raiseView } from '../types/budget-types.js';
import { complianceView, ComplianceReportType } from '../types/compliance-types.js';
import { inForceView, PolicyInForceType, PolicyInput, policyVersionView, PolicyVersionType } from '../types/policy-types.js';

@Resolver()
export class PolicyResolver {
  @Query(() => PolicyInForceType, { description: 'The rules that hold for a project, and where each is from.' })
  async policy(
    @Arg('project', () => String, { defaultValue: 'default', description: 'Name of the project.' }) project: string,
    @Ctx() { lowtide }: Context,
  ): Promise<PolicyInForceType> {
    return inForceView(await lowtide.policyInForce(project));
  }

  @Query(() => [BudgetStateType], {
    description: 'How budgets of projects stand in the periods that run now; of grid time.',
    complexity: 20,
  })
  async budgets(
    @Arg('project', () => String, {
      nullable: true,
      description: 'Name of the project; every one that has submitted something when absent.',
    })
    project: string | null,
    @Ctx() { lowtide }: Context,
  ): Promise<BudgetStateType[]> {
    return (await lowtide.budgetStates(project ?? undefined)).map(budgetStateView);
  }

  @Query(() => ComplianceReportType, {
    description: "A project's newest runs against the rules in force when they trained: which decisions, which rule, which reading.",
    complexity: ({ args, childComplexity }) => (Number(args['first'] ?? 20) * (1 + childComplexity)) / 4,
  })
  async compliance(
    @Arg('project', () => String, { defaultValue: 'default', description: 'Name of the project.' }) project: string,
    @Arg('first', () => Int, { defaultValue: 20, description: 'At most so many runs, 1 to 100.' }) first: number,
    @Ctx() { lowtide }: Context,
  ): Promise<ComplianceReportType> {
    expectWithin('first', first, 1, 100);
    return complianceView(await lowtide.compliance(project, first));
  }

  @Mutation(() => PolicyVersionType, {
    description: "Sets the next version of a project's policy, or of the organisation's. It holds from now on, for running runs too.",
  })
  async setPolicy(
    @Arg('input', () => PolicyInput, { description: 'The policy.' }) input: PolicyInput,
    @Ctx() { lowtide }: Context,
  ): Promise<PolicyVersionType> {
    const parsed = parsePolicy(withoutNulls(input));
    if (!parsed.ok) throw badInput(parsed.problems, 'input');
    const answer = await lowtide.setPolicy(parsed.value);
    if (answer.kind === 'invalid') throw badInput(answer.problems, 'input');
    return policyVersionView(answer.policy);
  }

  @Mutation(() => RaiseBudgetResult, {
    description: "Raises a run's own budget, or a project's of a period; runs it had halted go on from their checkpoints.",
  })
  async raiseBudget(
    @Arg('input', () => RaiseBudgetInput, { description: 'Which budget, and to what.' }) input: RaiseBudgetInput,
    @Ctx() { lowtide }: Context,
  ): Promise<typeof RaiseBudgetResult> {
    const { run, project, period, gco2eq } = input;
    if (!(gco2eq > 0)) throw badInput([{ path: 'gco2eq', given: String(gco2eq), allowed: 'a number of gCO2eq above 0' }], 'input');
    if (typeof run === 'string' && typeof project !== 'string') return raiseView(await lowtide.raiseRunBudget(run, grams(gco2eq)));
    if (typeof run !== 'string' && typeof project === 'string' && typeof period === 'string')
      return raiseView(await lowtide.raiseProjectBudget(project, period as BudgetPeriod, grams(gco2eq)));
    const given = Object.keys(withoutNulls(input) as object).join(', ');
    throw badInput([{ path: 'input', given, allowed: 'run and gco2eq, or project, period and gco2eq' }]);
  }
}
