/** Rules and their origins in words, for refusals, decisions and reports. */
import { HOUR_MS } from '../units/time.js';
import { WEEKDAYS, type Origin, type QuietHours, type Rule } from './policy.js';

export const originInWords = ({ policy, version, project, dryRun }: Origin): string =>
  `${dryRun ? 'dry-run ' : ''}policy ${policy}, version ${version}, of ${project === undefined ? 'the organisation' : `project ${project}`}`;

/** Like `ceiling of 300 gCO2eq/kWh (policy clean, version 2, of the organisation)`. */
export const ruleInWords = (rule: Rule): string => `${contentInWords(rule)} (${originInWords(rule.origin)})`;

export const rulesInWords = (rules: readonly Rule[]): string => rules.map(ruleInWords).join('; ');

/** The rule alone, like `ceiling of 300 gCO2eq/kWh`. */
export const contentInWords = (rule: Rule): string => {
  switch (rule.kind) {
    case 'ceiling':
      return `ceiling of ${rule.most} gCO2eq/kWh`;
    case 'quiet-hours':
      return `quiet hours ${quietInWords(rule.hours)}`;
    case 'allowed-zones':
      return `allowed zones ${rule.zones.join(', ')}`;
    case 'maximum-delay':
      return `maximum delay of ${(rule.ms / HOUR_MS).toFixed(2)} h`;
    case 'required-provenance':
      return `required provenance ${rule.provenances.join(' or ')}`;
    case 'required-kind':
      return `required kind ${rule.intensityKind}`;
    case 'run-budget':
      return `budget of ${rule.most} gCO2eq a run`;
    case 'project-budget':
      return `budget of ${rule.most} gCO2eq a ${rule.period} for the project, in ${rule.timeZone} time`;
  }
};

const quietInWords = ({ days, fromMinute, toMinute }: QuietHours): string =>
  `${days.length === WEEKDAYS.length ? 'every day' : days.join(', ')} ${clock(fromMinute)}-${clock(toMinute)}`;

const clock = (minute: number): string => `${String(Math.floor(minute / 60)).padStart(2, '0')}:${String(minute % 60).padStart(2, '0')}`;
