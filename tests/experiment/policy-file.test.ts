import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { checkedText, checkPolicyFile } from '../../src/cli/policy.js';

const fileOf = (text: string): string => {
  const file = path.join(fs.mkdtempSync(path.join(os.tmpdir(), 'lowtide-policy-')), 'policy.yaml');
  fs.writeFileSync(file, text);
  return file;
};

test('a policy file is refused with every problem under its own names, and units stay as they are', () => {
  const file = fileOf('name: team\nrun_budget_gco2eq: -5\nquiet_hours: [{ from: "17:00", to: "17:00" }]\n');
  expect(() => checkPolicyFile(file)).toThrow(
    `${file}:\n  quiet_hours[0].to: got "17:00", allowed is another time than from; 00:00 to 24:00 is a whole day\n  run_budget_gco2eq: got -5, allowed is a number of gCO2eq above 0`,
  );
});

test('the shipped policies are right, and say their rules in words', () => {
  expect(checkedText('configs/policies/clean-hours.yaml')).toContain('ceiling of 260 gCO2eq/kWh');
  expect(checkedText('configs/policies/team-budget.yaml')).toContain('a policy for project vision, in dry-run');
});
